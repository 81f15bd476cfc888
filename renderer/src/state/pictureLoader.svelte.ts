/**
 * Loads pictures no faster than they can be shown: while one is on its way only the newest wish is kept, so a
 * fast line skips pictures instead of queueing them.
 */
export class PictureLoader {
  readonly #load: (url: string) => Promise<HTMLImageElement>;
  #wished: { key: number; url: string | null } | null = null;
  #loading = false;
  #picture = $state.raw<HTMLImageElement | null>(null);
  #shownKey = $state<number | null>(null);
  #missing = $state(false);

  /** @param load resolves with a decoded image, rejects when there is none */
  constructor(load: (url: string) => Promise<HTMLImageElement>) {
    this.#load = load;
  }

  /** The picture on display; the one before it stays until the next has come. */
  get picture(): HTMLImageElement | null {
    return this.#picture;
  }

  /** Key of the picture on display. */
  get shownKey(): number | null {
    return this.#shownKey;
  }

  /** The picture wished for last is not there (any more). */
  get missing(): boolean {
    return this.#missing;
  }

  /**
   * @param key id of the part
   * @param url `null` when it never had a picture
   */
  wish(key: number, url: string | null): void {
    if (this.#wished?.key === key || (this.#shownKey === key && this.#wished === null)) return;
    this.#wished = { key, url };
    if (!this.#loading) void this.#run();
  }

  async #run(): Promise<void> {
    this.#loading = true;
    while (this.#wished !== null) {
      const wish = this.#wished;
      const picture = wish.url === null ? null : await this.#load(wish.url).catch(() => null);
      this.#picture = picture;
      this.#missing = picture === null;
      this.#shownKey = wish.key;
      if (this.#wished === wish) this.#wished = null;
    }
    this.#loading = false;
  }
}

/** Loads and decodes one image off the page's main thread. */
export async function loadImage(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}
