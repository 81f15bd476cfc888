/** Two tones in turn, as alarms at a line have them; Hz. */
const tones = [880, 660] as const;
const toneMs = 400;
const loudness = 0.2;

/**
 * The sound of an alarm, made by the browser itself. Browsers keep quiet until somebody has touched the page.
 * @param onheard told whether it can be heard
 */
export class AlarmSound {
  readonly #onheard: (isHeard: boolean) => void;
  #context: AudioContext | null = null;
  #oscillator: OscillatorNode | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(onheard: (isHeard: boolean) => void) {
    this.#onheard = onheard;
  }

  /** Begins, or goes on; to be called from a touch where the browser asks for one. */
  play(): void {
    const context = (this.#context ??= this.#open());
    void context.resume().then(() => this.#onheard(context.state === 'running'));
    this.#onheard(context.state === 'running');
    if (this.#oscillator !== null) return;
    const gain = new GainNode(context, { gain: loudness });
    const oscillator = new OscillatorNode(context, { type: 'square', frequency: tones[0] });
    oscillator.connect(gain).connect(context.destination);
    oscillator.start();
    this.#oscillator = oscillator;
    let turn = 0;
    this.#timer = setInterval(() => {
      oscillator.frequency.value = tones[++turn % tones.length] as number;
    }, toneMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#oscillator?.stop();
    this.#oscillator?.disconnect();
    this.#oscillator = null;
  }

  #open(): AudioContext {
    const context = new AudioContext();
    context.addEventListener('statechange', () => this.#onheard(context.state === 'running'));
    return context;
  }
}
