/** What a sandbox's file system is made of. Pure. */

/** One thing in a sandbox's file system, in the order in which they are made. Only `memory` and `writable` can be written. */
export type Mount =
  | { readonly kind: 'bind'; readonly source: string; readonly target: string }
  | { readonly kind: 'writable'; readonly source: string; readonly target: string }
  | { readonly kind: 'link'; readonly target: string; readonly to: string }
  | { readonly kind: 'device'; readonly target: string }
  | { readonly kind: 'memory'; readonly target: string; readonly bytes: number }
  | { readonly kind: 'processes'; readonly target: string };
