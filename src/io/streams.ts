/** The two streams of this process: readers that are slow, that have gone, or that have no room. */

/** What is written to, as far as it is ours. */
export type Outlet = Pick<NodeJS.WriteStream, 'on' | 'writableLength'> & {
  /** Node's own: how a terminal is written to. */
  readonly _handle?: { readonly setBlocking?: (on: boolean) => void } | null;
};

/** A reader that has seen enough (`| head`), and a terminal that was closed: no failure. */
const gone: readonly string[] = ['EPIPE', 'EIO', 'ECONNRESET'];

/**
 * From now on nobody is waited for. Node waits for a terminal, and while that reads nothing (Ctrl-S, a connection that hangs) it
 * would hear no signal either.
 * @param onLost called when the reader is there, but cannot take it: the disk is full
 */
export function freeStream(stream: Outlet, onLost: (error: Error) => void): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!gone.includes(error.code ?? '')) onLost(error);
  });
  stream._handle?.setBlocking?.(false);
}

/** Bytes. Of what comes when so many wait to be read, nothing is written: a flood of notes must not fill the memory. */
const mostWaiting = 64 << 20;

export const isFull = (stream: Pick<Outlet, 'writableLength'>): boolean =>
  stream.writableLength > mostWaiting;
