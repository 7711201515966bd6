/** What of others may stand in a page. Pure. */

declare const assembled: unique symbol;
/** A page in which data is data; only `report/html/page.ts` makes it. */
export type Html = string & { readonly [assembled]: true };

/** In JSON, `<` can only stand in a string, and so can its escape: nothing in it ends the script element. */
export function dataForPage(data: unknown): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}
