// Lets Node run the fakes and helpers of the tests as they are: it strips their types itself, `x.js` there is `x.ts`, and
// what they take of src/ is what was built from it. The run takes its folders away itself, so nothing is done at the end of
// a test.
import { registerHooks } from 'node:module';

const jest = 'data:text/javascript,export const afterAll = () => {};';

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@jest/globals') return { url: jest, format: 'module', shortCircuit: true };
    if (!specifier.startsWith('.') || !/\.ts$/.test(context.parentURL ?? '')) return next(specifier, context);
    const url = new URL(specifier, context.parentURL).href;
    const built = url.replace('/src/', '/dist/');
    return next(built === url ? url.replace(/\.js$/, '.ts') : built, context);
  },
});
