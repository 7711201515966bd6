/**
 * The page of `report` in a real browser, from file://: what it shows is what the manifest says, it can be used with the
 * keyboard and by a screen reader, it asks for nothing on the network, and nothing in it complains.
 * With UPDATE_PICTURE=1 the picture in the README is made anew, from the stack that the README builds.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { pageParts } from '../../src/io/page-parts.js';
import type { Manifest } from '../../src/model.js';
import { pageData } from '../../src/report/html/data.js';
import { assemblePage } from '../../src/report/html/page.js';
import { bytesText } from '../../src/text/units.js';
import { largeManifest, madeManifest } from '../report/html/made.js';
import {
  build,
  environment,
  inCi,
  remove,
  repository,
  start,
  temporary,
  type Built,
} from './helper-build.js';

jest.setTimeout(600_000);

const executablePath = '/usr/bin/chromium';
const args =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const missing = existsSync(executablePath)
  ? null
  : 'chromium is not installed: run "bash test/setup/tools.sh"';
const updatePicture = process.env['UPDATE_PICTURE'] === '1';
const picture = path.join(repository, 'fixtures/report/treemap.png');

if (missing !== null) test.skip(`the page of report: ${missing}`, () => {});
if (missing !== null && inCi) test('there is a browser', () => expect(missing).toBeNull());

(missing === null ? describe : describe.skip)('the page of report', () => {
  let browser: Browser;
  let folder: string;
  let page: Page;
  /** What the page asked for besides itself, and what it complained of. */
  let trouble: string[];

  beforeAll(async () => {
    folder = await temporary('report');
    browser = await chromium.launch({ executablePath, args: args.split(' ') });
  });
  afterAll(async () => {
    await browser.close();
    await remove(folder);
  });
  beforeEach(() => {
    trouble = [];
  });

  async function show(file: string, settings: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const opened = await browser.newPage({ viewport: { width: 1400, height: 1000 }, ...settings });
    const address = pathToFileURL(file).href;
    opened.on('request', (request) => {
      if (request.url() !== address) trouble.push(`request ${request.url()}`);
    });
    opened.on('console', (message) => trouble.push(`console ${message.text()}`));
    opened.on('pageerror', (error) => trouble.push(`error ${error.message}`));
    await opened.goto(address);
    return opened;
  }

  async function showManifest(manifest: Manifest, settings?: Parameters<typeof show>[1]): Promise<Page> {
    const { html, parts } = await pageParts();
    const file = path.join(folder, 'made.html');
    await writeFile(file, assemblePage(html, parts, pageData(manifest)));
    return show(file, settings);
  }

  const outer = (name: string): Locator => page.getByRole('treeitem', { name: new RegExp(`^${name}[, ]`) });
  const stage = (): Locator => page.getByRole('tree');
  const crumbs = (): Locator => page.getByRole('navigation', { name: 'Position in the map' });
  const details = (): Locator => page.locator('#details');
  const view = async (name: string): Promise<void> => page.getByText(name, { exact: true }).click();

  const small = madeManifest({
    packages: {
      torch: [
        ['torch/lib/libtorch.so', 'strip', 9_000_000, 7_000_000],
        ['torch/nn/layers.py', 'keep', 2_000_000, 2_000_000],
        ['torch/tests/test_nn.py', 'drop', 3_000_000, 0],
      ],
      numpy: [
        ['numpy/core.so', 'keep', 5_000_000, 5_000_000],
        ['numpy/<img src=x onerror=alert(1)>.py', 'keep', 1_000_000, 1_000_000],
      ],
      gone: [['gone/all.py', 'drop', 4_000_000, 0]],
    },
    bytecode: { numpy: 500_000 },
    tmp: [['torch/lib/libtorch.so', 'torch', 7_000_000]],
  });

  describe('of a build of numpy', () => {
    let built: Built;

    beforeAll(async () => {
      const source = path.join(folder, 'source');
      if (updatePicture)
        await cp(path.join(repository, 'fixtures/apps/example'), source, { recursive: true });
      else {
        await mkdir(source);
        await writeFile(path.join(source, 'requirements.txt'), 'numpy==2.5.5\n');
      }
      built = await build(source, updatePicture ? [] : ['--no-proof'], { out: path.join(folder, 'out') });
      const line = [path.join(repository, 'bin/lambda-slim.js'), 'report', '--quiet', '--out', built.out];
      const made = await start(process.execPath, line, { env: environment });
      expect({ build: built.code, report: made.code, stderr: made.stderr }).toEqual({
        build: 0,
        report: 0,
        stderr: '',
      });
      page = await show(path.join(built.out, 'report.html'));
    });
    afterAll(() => page.close());

    test('has the sizes of the manifest, before and after', async () => {
      const { sizes, packages } = built.manifest;
      const kept = packages.reduce((sum, one) => sum + one.kept, 0);
      await expect(crumbs().textContent()).resolves.toBe(`everything ${bytesText(kept)}`);
      await view('As installed');
      await expect(crumbs().textContent()).resolves.toBe(`everything ${bytesText(sizes.raw)}`);
      await view('What is left');
    });

    test('shows every package that the manifest has, with its size', async () => {
      const items = await stage().getByRole('treeitem').all();
      const labels = await Promise.all(
        items.map(async (one) => (await one.getAttribute('aria-label')) ?? ''),
      );
      for (const { distribution, kept } of built.manifest.packages.filter((one) => one.kept > 100_000)) {
        const label = labels.find(
          (one) => one.startsWith(`${distribution} `) || one.startsWith(`${distribution},`),
        );
        expect(label).toContain(`${bytesText(kept)} left`);
      }
      expect(labels.length).toBeGreaterThan(0);
    });

    test('makes the picture of the README', async () => {
      await view('As installed');
      await page.setViewportSize({ width: 1060, height: 760 });
      await page.mouse.move(0, 0);
      const taken = await page.locator('.card', { has: stage() }).screenshot();
      expect(taken.subarray(1, 4).toString()).toBe('PNG');
      if (updatePicture) await writeFile(picture, taken);
      expect((await stat(picture)).size).toBeLessThan(150_000);
    });

    test('complains of nothing and asks for nothing', () => {
      expect(trouble).toEqual([]);
    });
  });

  describe('of a small build', () => {
    beforeEach(async () => {
      page = await showManifest(small);
    });
    afterEach(async () => {
      await page.close();
      expect(trouble).toEqual([]);
    });

    test('shows limits, savings, findings, packages and artifacts', async () => {
      for (const name of ['Limits of AWS Lambda', 'Findings', 'Saved by rule', 'Packages', 'Artifacts'])
        await expect(page.getByRole('region', { name }).count()).resolves.toBe(1);
      await expect(page.getByRole('region', { name: 'Limits' }).textContent()).resolves.toContain(
        'torch 6.7 MiB',
      );
      await expect(page.getByRole('region', { name: 'Artifacts' }).textContent()).resolves.toContain(
        'layer-1.zip',
      );
    });

    test('the switch changes totals, and what is there', async () => {
      await expect(outer('gone').count()).resolves.toBe(0);
      await expect(outer('torch').getAttribute('aria-label')).resolves.toBe(
        'torch 1.0, 3 files, 8.6 MiB left',
      );
      await view('As installed');
      await expect(outer('gone').count()).resolves.toBe(1);
      await expect(outer('torch').getAttribute('aria-label')).resolves.toBe(
        'torch 1.0, 3 files, 13.4 MiB as installed',
      );
      await expect(page.locator('#legend').textContent()).resolves.toContain('left out 8.6 MiB');
      await expect(page.locator('#legend').textContent()).resolves.not.toContain('/tmp');
    });

    test('boxes have the proportions of the bytes', async () => {
      const area = async (name: string): Promise<number> => {
        const box = await page.locator('.box', { hasText: name }).last().boundingBox();
        return (box?.width ?? 0) * (box?.height ?? 0);
      };
      const ratio = (await area('libtorch.so')) / (await area('layers.py'));
      expect(ratio).toBeGreaterThan(3);
      expect(ratio).toBeLessThan(4);
    });

    test('the keyboard moves, goes in and comes out', async () => {
      const focused = (): Promise<string | null> =>
        page.evaluate<string | null>("document.activeElement.getAttribute('aria-label')");
      await outer('torch').focus();
      await page.keyboard.press('ArrowRight');
      await expect(focused()).resolves.toMatch(/^numpy 1\.0,/);
      await expect(details().textContent()).resolves.toContain('Needed by others');
      await page.keyboard.press('ArrowLeft');
      await expect(focused()).resolves.toMatch(/^torch 1\.0,/);
      await page.keyboard.press('Enter');
      await expect(crumbs().textContent()).resolves.toBe('everythingtorch 8.6 MiB');
      await expect(focused()).resolves.toMatch(/^torch\/?\w*, /);
      await page.keyboard.press('Escape');
      await expect(crumbs().textContent()).resolves.toContain('everything ');
      await expect(focused()).resolves.toMatch(/^torch 1\.0,/);
      await page.setViewportSize({ width: 1100, height: 900 });
      await expect(focused()).resolves.toMatch(/^torch 1\.0,/);
      await page.keyboard.press('b');
      await expect(page.getByRole('radio', { name: 'As installed' }).isChecked()).resolves.toBe(true);
      await page.keyboard.press('End');
      await expect(focused()).resolves.toMatch(/^gone 1\.0,/);
    });

    test('the focus can be seen', async () => {
      await outer('torch').focus();
      await page.keyboard.press('ArrowRight');
      const outline = "getComputedStyle(document.querySelector('.ring')).outlineWidth";
      await expect(page.evaluate(outline)).resolves.toBe('4px');
    });

    test('a search finds paths and packages, lists them, marks them, and goes there', async () => {
      await page.keyboard.press('/');
      await page.keyboard.type('TEST_nn');
      const status = page.getByRole('status');
      await status.getByText('1 file: 2.9 MiB as installed, 0 bytes left.').waitFor();
      await expect(page.locator('.box.match').count()).resolves.toBe(0);
      await expect(page.locator('tr[data-package]:visible').count()).resolves.toBe(1);
      // It was left out, so it is shown as it was installed.
      await page.getByRole('button', { name: /torch\/tests\/test_nn\.py/ }).click();
      await expect(page.getByRole('radio', { name: 'As installed' }).isChecked()).resolves.toBe(true);
      await expect(page.locator('.box.match').count()).resolves.toBe(1);
      await expect(details().textContent()).resolves.toContain('Left out by base/tests. Base/tests says so.');
      await expect(details().textContent()).resolves.toContain('lambda-slim why torch/tests/test_nn.py');
      await page.locator('#query').fill('numpy');
      await status.getByText('3 files: 5.7 MiB as installed, 6.2 MiB left.').waitFor();
      await page.locator('#query').fill('torch*.so');
      await status.getByText('1 file: 8.6 MiB').waitFor();
      await page.locator('#query').press('Escape');
      await page.locator('#results').waitFor({ state: 'hidden' });
      await expect(page.locator('.dim').count()).resolves.toBe(0);
    });

    test('only matches: nothing else is left on the map', async () => {
      await page.locator('#query').fill('.so');
      await page.getByRole('status').waitFor();
      await page.getByLabel('only matches').check();
      const labels = await page.locator('.box .label').allTextContents();
      expect(labels.sort()).toEqual(['core.so', 'libtorch.so']);
    });

    test('the tooltip tells sizes, rule and reason', async () => {
      await page.locator('.box', { hasText: 'libtorch.so' }).last().hover();
      const tip = page.getByRole('tooltip');
      const told = await tip.textContent();
      for (const text of [
        'torch/lib/libtorch.so',
        '8.6 MiB',
        '6.7 MiB (78 %)',
        'Stripped by strip/symbols',
        '/tmp',
      ])
        expect(told).toContain(text);
    });

    test('a click on a title goes in, one on a file tells of it, breadcrumbs lead back', async () => {
      await page.locator('.box.outer .title b', { hasText: 'torch' }).click();
      await page.locator('.box', { hasText: 'layers.py' }).last().click();
      await expect(details().getByRole('heading').textContent()).resolves.toBe('layers.py');
      await crumbs().getByRole('button', { name: 'everything' }).click();
      await page.locator('.box', { hasText: 'layers.py' }).last().dblclick();
      await expect(crumbs().textContent()).resolves.toBe('everythingtorchtorchnn 1.9 MiB');
      await page.keyboard.press('Escape');
      await crumbs().getByRole('button', { name: 'everything' }).click();
      await expect(outer('numpy').count()).resolves.toBe(1);
    });

    test('a rule shows the files that it took', async () => {
      await page.getByRole('button', { name: 'base/tests' }).click();
      await expect(page.getByRole('status').textContent()).resolves.toContain(
        '2 files: 6.7 MiB as installed',
      );
    });

    test('light and dark: as the system has it, or as chosen', async () => {
      const background = (): Promise<string> =>
        page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
      const light = await background();
      await page.emulateMedia({ colorScheme: 'dark' });
      const dark = await background();
      expect(dark).not.toBe(light);
      await view('Light');
      await expect(background()).resolves.toBe(light);
      await view('System');
      await expect(background()).resolves.toBe(dark);
    });

    test('texts can be read on every colour, light and dark', async () => {
      const lowContrasts = await readFile(path.join(repository, 'test/setup/contrast.js'), 'utf8');
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const name of ['As installed', 'What is left']) {
          await page.emulateMedia({ colorScheme });
          await view(name);
          const low = await page.evaluate<string[]>(lowContrasts);
          expect({ colorScheme, name, low }).toEqual({ colorScheme, name, low: [] });
        }
      }
    });

    test('it prints: the map and every table, no switches', async () => {
      await page.emulateMedia({ media: 'print' });
      for (const hidden of ['#query', '#theme', '#details'])
        await expect(page.locator(hidden).isVisible()).resolves.toBe(false);
      await expect(page.getByText('what is left, 14.8 MiB').isVisible()).resolves.toBe(true);
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    });

    test('a narrow window has no sideways scrolling', async () => {
      await page.setViewportSize({ width: 390, height: 800 });
      const wider = 'document.documentElement.scrollWidth - innerWidth';
      await expect(page.evaluate<number>(wider)).resolves.toBeLessThanOrEqual(0);
    });
  });

  test('20,000 files are a few thousand elements at most, in every view', async () => {
    page = await showManifest(largeManifest(20_000));
    for (const name of ['As installed', 'What is left']) {
      await view(name);
      const count = await page.locator('.box').count();
      expect(count).toBeGreaterThan(40);
      expect(count).toBeLessThan(4000);
    }
    await page.close();
    expect(trouble).toEqual([]);
  });

  test('the policy stops what would ask the network', async () => {
    page = await showManifest(small);
    await page.evaluate(
      "void document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/x.png' }))",
    );
    const stopped = await page.evaluate("fetch('http://127.0.0.1:9/').then(() => false, () => true)");
    expect(stopped).toBe(true);
    expect(trouble.filter((one) => one.includes('Content Security Policy')).length).toBeGreaterThanOrEqual(2);
    await page.close();
  });

  test('sizes are worded as in every other report', async () => {
    page = await showManifest(small);
    const sizes = [0, 1, 1023, 1024, 1_048_575, 1_048_576, 262_144_000];
    const worded = await page.evaluate(`${JSON.stringify(sizes)}.map(bytesText)`);
    expect(worded).toEqual(sizes.map(bytesText));
    await page.close();
  });

  test('what a step adds is no negative saving', async () => {
    page = await showManifest(small);
    const worded = await page.evaluate('[2048, 0, -300].map(fewerText)');
    expect(worded).toEqual(['−2.0 KiB', 'nothing more', '+300 bytes']);
    await page.close();
  });

  describe('on a phone of 390 px', () => {
    const phone = { viewport: { width: 390, height: 844 } };
    const packages = Object.fromEntries(
      ['a-distribution-with-a-long-name-that-goes-on', 'numpy', 'scipy'].map((name) => [
        name,
        [[`${name}/file.py`, 'keep', 5000, 5000] as const, [`${name}/tests/a.py`, 'drop', 900, 0] as const],
      ]),
    );

    test('nothing is hidden beside the screen: columns stand below each other with their names', async () => {
      page = await showManifest(madeManifest({ packages }), phone);
      const seen = await page.evaluate<{ right: number; count: number }>(columns);
      expect(seen).toMatchObject({ page: 390, named: '"compressed"', below: true });
      expect(seen.right).toBeLessThanOrEqual(390);
      expect(seen.count).toBeGreaterThan(20);
      expect(trouble).toEqual([]);
    });

    test('there are no hints at a keyboard, which a wide screen has', async () => {
      page = await showManifest(madeManifest({ packages }), phone);
      expect(await page.locator('kbd:visible').count()).toBe(0);
      await page.setViewportSize({ width: 1400, height: 900 });
      expect(await page.locator('kbd:visible').count()).toBeGreaterThan(5);
    });
  });
});

/** In the page: how far to the right what is told goes, and how a column of a table stands. */
const columns = `(() => {
  const inside = [...document.querySelectorAll('main td, main th, main p, main li, main button')].filter(
    (one) => one.closest('.stage, thead, .hidden, [hidden]') === null && one.getClientRects().length > 0,
  );
  const cell = document.querySelector('#packages td[data-name="compressed"]');
  return {
    page: document.documentElement.scrollWidth,
    right: Math.ceil(Math.max(...inside.map((one) => one.getBoundingClientRect().right))),
    count: inside.length,
    named: getComputedStyle(cell, '::before').content,
    below: cell.getBoundingClientRect().top > cell.previousElementSibling.getBoundingClientRect().top,
  };
})()`;
