import type { CameraConfig } from '../../../electron/contract/domain.ts';

/** `elsewhere`: another screen has this camera, and would take every part twice. */
export type CameraStatus = 'starting' | 'running' | 'lost' | 'denied' | 'elsewhere';

const retryMs = 3000;
/** High enough that the compression cannot be mistaken for texture. */
const jpegQuality = 0.95;

/**
 * One camera, open as long as its source is running: opens the stream, opens it again when the camera comes
 * back, and takes single frames at the trigger.
 */
export class CameraCapture {
  readonly sourceId: number;
  readonly config: CameraConfig;
  readonly #devices: MediaDevices;
  readonly #locks: LockManager;
  readonly #send: (image: string, serial: string) => Promise<void>;
  readonly #video = document.createElement('video');
  #stream = $state.raw<MediaStream | null>(null);
  #status = $state<CameraStatus>('starting');
  #busy = $state(false);
  #frames = $state(0);
  #closed = false;
  #letGo: () => void = () => undefined;
  #interval: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** @param send takes base64 JPEG and the serial; a frame is not taken while the one before is on its way */
  constructor(
    sourceId: number,
    config: CameraConfig,
    devices: MediaDevices,
    locks: LockManager,
    send: (image: string, serial: string) => Promise<void>,
  ) {
    this.sourceId = sourceId;
    this.config = config;
    this.#devices = devices;
    this.#locks = locks;
    this.#send = send;
    this.#video.muted = true;
    void this.#whenMine();
    if (config.trigger === 'interval') {
      this.#interval = setInterval(() => void this.take(''), config.intervalMs);
    }
  }

  get stream(): MediaStream | null {
    return this.#stream;
  }

  get status(): CameraStatus {
    return this.#status;
  }

  /** Frames taken since the camera was opened. */
  get frames(): number {
    return this.#frames;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Takes one frame and sends it; does nothing without a picture or while one is on its way. */
  async take(serial: string): Promise<void> {
    if (this.#busy || this.#status !== 'running' || this.#video.videoWidth === 0) return;
    this.#busy = true;
    try {
      await this.#send(await this.#grab(), serial);
      this.#frames += 1;
    } finally {
      this.#busy = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#letGo();
    clearInterval(this.#interval);
    clearTimeout(this.#retry);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }

  /** Opens the camera once no other screen has it; the lock ends with the page, however it ends. */
  async #whenMine(): Promise<void> {
    const name = `camera-${this.sourceId}`;
    const closed = new Promise<void>((resolve) => (this.#letGo = resolve));
    const hold = async () => {
      if (this.#closed) return;
      this.#status = 'starting';
      await this.#open();
      await closed;
    };
    const isMine = await this.#locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock !== null) await hold();
      return lock !== null;
    });
    if (isMine || this.#closed) return;
    this.#status = 'elsewhere';
    await this.#locks.request(name, hold);
  }

  async #open(): Promise<void> {
    try {
      const { deviceId } = this.config;
      const stream = await this.#devices.getUserMedia({
        audio: false,
        video: {
          width: { ideal: 1920 },
          height: { ideal: 1080 },
          ...(deviceId === '' ? {} : { deviceId: { exact: deviceId } }),
        },
      });
      if (this.#closed) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      for (const track of stream.getTracks()) track.onended = () => this.#lose('lost');
      this.#video.srcObject = stream;
      await this.#video.play();
      this.#stream = stream;
      this.#status = 'running';
    } catch (thrown) {
      this.#lose(thrown instanceof DOMException && thrown.name === 'NotAllowedError' ? 'denied' : 'lost');
    }
  }

  #lose(status: 'lost' | 'denied'): void {
    this.#stream = null;
    this.#status = status;
    if (!this.#closed) this.#retry = setTimeout(() => void this.#open(), retryMs);
  }

  async #grab(): Promise<string> {
    const canvas = new OffscreenCanvas(this.#video.videoWidth, this.#video.videoHeight);
    canvas.getContext('2d')?.drawImage(this.#video, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: jpegQuality });
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    const chunk = 0x8000;
    for (let at = 0; at < bytes.length; at += chunk) {
      text += String.fromCharCode(...bytes.subarray(at, at + chunk));
    }
    return btoa(text);
  }
}
