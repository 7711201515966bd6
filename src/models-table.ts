/** Models that the function's code reads from S3, as the config file names them. Pure. */

/** One `[models.NAME]` of the config file, as it is written there. */
export interface ModelSettings {
  /** `s3://bucket/key` of an object, `s3://bucket/prefix/` of pointers, or `file://…`; `${NAME}` is a variable of the function. */
  readonly url: string;
  readonly format?: string;
  /** Which pointer. */
  readonly alias?: string;
  /** The file that is meant where there are several. */
  readonly member?: string;
  /** How often a warm function looks for a newer one. */
  readonly refresh?: string;
  /** Functions of the function's own code. */
  readonly check?: string;
  readonly loader?: string;
  readonly allow_pickle?: boolean;
  /** Of the unpacked model, for the plan. */
  readonly size?: string | number;
  /** For its library. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Models by name; `memory` and `tmp` are what all of them may take together. */
export type ModelsTable = Readonly<Record<string, ModelSettings | string | number>>;
