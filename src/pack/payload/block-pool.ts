/** A few buffers that are used again and again: a fresh one for each frame is garbage that the C library keeps. */
export class BlockPool {
  readonly #free: Buffer[] = [];
  readonly #waiting: ((block: Buffer) => void)[] = [];
  #made = 0;

  /**
   * @param blockBytes of each
   * @param most there are never more
   */
  constructor(
    readonly blockBytes: number,
    private readonly most: number,
  ) {}

  /** A whole buffer with any content; waits until one is given back when all are in use. */
  async take(): Promise<Buffer> {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#made < this.most) {
      this.#made++;
      return Buffer.allocUnsafeSlow(this.blockBytes);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @param part of a buffer that was taken, from its begin; nobody reads it any more */
  give(part: Buffer): void {
    const block = Buffer.from(part.buffer, 0, this.blockBytes);
    const next = this.#waiting.shift();
    if (next) next(block);
    else this.#free.push(block);
  }
}
