// Words and elements. No HTML is made from strings: texts go into elements as text.
/* exported bytesText, fewerText, groupedText, countText, shareText, timeText, make */

/**
 * `262144000` → `250.0 MiB`, as every other report of lambda-slim has it.
 * @param {number} bytes
 */
function bytesText(bytes) {
  const size = Math.abs(bytes);
  if (size >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  if (size >= 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${bytes} ${size === 1 ? 'byte' : 'bytes'}`;
}

/**
 * `1024` → `−1.0 KiB`, `-300` → `+300 bytes`: a RECORD with hashes may be larger than the one that was installed.
 * @param {number} bytes
 */
function fewerText(bytes) {
  if (bytes === 0) return 'nothing more';
  return `${bytes < 0 ? '+' : '−'}${bytesText(Math.abs(bytes))}`;
}

/**
 * `262144000` → `262,144,000`.
 * @param {number} count
 */
function groupedText(count) {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/**
 * `1 file`, `2,345 files`.
 * @param {number} count
 * @param {string} one
 */
function countText(count, one) {
  return `${groupedText(count)} ${one}${count === 1 ? '' : 's'}`;
}

/**
 * `41 %`; what is there but less than half a percent is `< 1 %`.
 * @param {number} part
 * @param {number} whole
 */
function shareText(part, whole) {
  if (whole === 0) return '';
  const percent = (100 * part) / whole;
  return part > 0 && percent < 0.5 ? '< 1 %' : `${percent.toFixed(0)} %`;
}

/**
 * `12 ms`, `1.23 s`.
 * @param {number} ms
 */
function timeText(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/**
 * An element.
 * @param {string} name e.g. `td`, or `td.number` with classes
 * @param {Record<string, string | number | boolean | null | Record<string, string> | ((event: any) => void)>} properties
 *   attributes; `on…` are listeners, `style` is a table of CSS properties
 * @param {...(Node | string | null)} children
 */
function make(name, properties = {}, ...children) {
  const [tag = 'div', ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === 'object' && value !== null)
      for (const [rule, text] of Object.entries(value)) element.style.setProperty(rule, text);
    else if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false && value !== null) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}
