/** What has changed at AWS so far: for the report, and for people who stop the program. */
export class Ledger {
  readonly #regions: readonly string[];
  readonly #signal: AbortSignal;
  readonly #calls: { readonly region: string; readonly call: string }[] = [];
  readonly #done: string[] = [];
  readonly #begun = new Set<string>();

  constructor(regions: readonly string[], signal: AbortSignal) {
    this.#regions = regions;
    this.#signal = signal;
  }

  /** Lines for the AWS command line: by Region, and in each in the order in which they were begun. */
  get calls(): readonly string[] {
    // A payload may go to a Region where nothing else does; that comes first, as it happens first.
    const place = ({ region }: { readonly region: string }): number => this.#regions.indexOf(region);
    return this.#calls.toSorted((a, b) => place(a) - place(b)).map((one) => one.call);
  }

  /** For people: what is done, and what may be, as nobody waited for the answer. */
  get lines(): readonly string[] {
    return [...this.#done, ...[...this.#begun].map((what) => `${what}: stopped before AWS answered`)];
  }

  /** A call that a dry run would make. */
  plan(region: string, call: string): void {
    this.#calls.push({ region, call });
  }

  /** An upload, done (or, in a dry run, planned). */
  sent(
    region: string,
    call: string,
    { bucket, key }: { readonly bucket: string; readonly key: string },
  ): void {
    this.plan(region, call);
    this.#done.push(`sent s3://${bucket}/${key}`);
  }

  /**
   * Make a call that changes something.
   * @param begun for people, when it is not known whether it is done
   * @param done for people
   */
  async make<Result>(
    { region, call, begun }: { readonly region: string; readonly call: string; readonly begun: string },
    work: () => Promise<Result>,
    done: (result: Result) => string,
  ): Promise<Result> {
    this.plan(region, call);
    this.#begun.add(begun);
    try {
      const result = await work();
      this.#done.push(done(result));
      this.#begun.delete(begun);
      return result;
    } catch (error) {
      if (!this.#signal.aborted) this.#begun.delete(begun);
      throw error;
    }
  }
}
