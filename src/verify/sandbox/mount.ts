/** What the sandbox's file system is made of. Pure. */
/** One thing in the sandbox's file system, in the order in which they are made. All is read-only but `memory`. */
export type Mount =
  | { readonly kind: 'bind'; readonly source: string; readonly target: string }
  | { readonly kind: 'link'; readonly target: string; readonly to: string }
  | { readonly kind: 'device'; readonly target: string }
  | { readonly kind: 'memory'; readonly target: string; readonly bytes: number }
  | { readonly kind: 'processes'; readonly target: string };
