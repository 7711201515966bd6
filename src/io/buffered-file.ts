/** A file that is written from its beginning to its end in many small pieces: few writes, a bounded buffer. */
import { open, type FileHandle } from 'node:fs/promises';
import { writeAll } from './bytes-at.js';

export class BufferedFile {
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Where the next write goes. */
  #written = 0;

  private constructor(
    private readonly handle: FileHandle,
    private readonly bufferBytes: number,
    private readonly onWritten: (bytes: Buffer) => void,
  ) {}

  /**
   * @param file absolute path of a file that is not there yet
   * @param bufferBytes are held back at most, and one piece more
   * @param onWritten told what is on its way to the disk, in order
   */
  static async create(
    file: string,
    bufferBytes: number,
    onWritten: (bytes: Buffer) => void = () => {},
  ): Promise<BufferedFile> {
    return new BufferedFile(await open(file, 'wx', 0o644), bufferBytes, onWritten);
  }

  /** Bytes so far, those in the buffer included. */
  get position(): number {
    return this.#written + this.#waitingBytes;
  }

  async append(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= this.bufferBytes) await this.#flush();
  }

  /** Go back: what was appended from there on is overwritten, or cut off in the end. */
  async takeBackTo(position: number): Promise<void> {
    await this.#flush();
    this.#written = position;
  }

  /** Write what is left, and cut off what was taken back. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.handle.truncate(this.#written);
  }

  /** May be called twice. */
  async close(): Promise<void> {
    await this.handle.close();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.onWritten(bytes);
    await writeAll(this.handle, bytes, this.#written);
    this.#written += bytes.length;
  }
}
