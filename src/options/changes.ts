/** Options of what somebody changes of the resolved packages. Pure. */
import type { OptionRow } from './row.js';

export const patchOption = {
  name: 'patch',
  key: 'patches',
  type: 'patches',
  value: 'PKG[VERSION]:FILE',
  path: true,
  help: "change this package by a unified diff, e.g. 'keras>=2,<3:patches/keras.patch'; PKG:PATH=FILE replaces one file of it. A version that is not meant, or a hunk that does not apply, is an error; repeatable",
} as const satisfies OptionRow;

export const vendorOption = {
  name: 'vendor',
  key: 'vendor',
  type: 'list',
  value: 'DIR',
  path: true,
  help: 'add the packages in this folder, with or without dist-info, to those that are resolved; repeatable',
} as const satisfies OptionRow;
