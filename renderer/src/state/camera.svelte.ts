import { untrack } from 'svelte';
import { CameraCapture } from './cameraCapture.svelte.ts';
import type { StationState } from './station.svelte.ts';

/** The cameras this page has open: one for each camera source that is not paused. */
export class CameraState {
  readonly #station: StationState;
  readonly #devices: MediaDevices | undefined;
  readonly #locks: LockManager;
  #captures = $state.raw<readonly CameraCapture[]>([]);

  /**
   * @param devices absent where the page is not allowed cameras at all
   * @param locks keep two screens from taking the same camera
   */
  constructor(station: StationState, devices: MediaDevices | undefined, locks: LockManager) {
    this.#station = station;
    this.#devices = devices;
    this.#locks = locks;
  }

  get captures(): readonly CameraCapture[] {
    return this.#captures;
  }

  capture(sourceId: number): CameraCapture | undefined {
    return this.#captures.find((capture) => capture.sourceId === sourceId);
  }

  /** The cameras of this computer; their names are empty until a camera was once allowed. */
  async list(): Promise<MediaDeviceInfo[]> {
    const devices = (await this.#devices?.enumerateDevices()) ?? [];
    return devices.filter(({ kind }) => kind === 'videoinput');
  }

  /** Opens and closes cameras so that they match the sources. */
  match(): void {
    const { sources } = this.#station;
    untrack(() => this.#match(sources));
  }

  #match(sources: StationState['sources']): void {
    const devices = this.#devices;
    if (devices === undefined) return;
    const kept: CameraCapture[] = [];
    for (const source of sources) {
      const { config } = source;
      if (config.kind !== 'camera' || source.paused) continue;
      const open = this.capture(source.id);
      const same = open !== undefined && JSON.stringify(open.config) === JSON.stringify(config);
      kept.push(same ? open : this.#open(source.id, config, devices));
    }
    for (const capture of this.#captures) if (!kept.includes(capture)) capture.close();
    this.#captures = kept;
  }

  #open(sourceId: number, config: CameraCapture['config'], devices: MediaDevices): CameraCapture {
    return new CameraCapture(sourceId, config, devices, this.#locks, async (image, serial) => {
      await this.#station.call('camera.frame', { sourceId, image, serial });
    });
  }
}
