// What page_test.sh checks in a browser. Usage:
//
//   node page_test.mjs FIXTURE SCREENSHOTS [PAGE.html...]
//
// FIXTURE: the folder that page_fixture wrote; every check runs on its page.
// PAGE: other pages, for which only the checks run that hold for any page.
// Talks to chromedriver by its own protocol (WebDriver, JSON over HTTP), so
// nothing needs to be installed but Debian's chromium-driver and Node.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [fixture, screenshots, ...pages] = process.argv.slice(2);
const widths = [375, 1440];
const keys = { tab: '\uE004', left: '\uE012', right: '\uE014', end: '\uE010' };

// --- chromedriver

function startDriver() {
  const driver = spawn('chromedriver', ['--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = new Promise((found, failed) => {
    let output = '';
    driver.stdout.on('data', (text) => {
      output += text;
      const match = output.match(/started successfully on port (\d+)/);
      if (match) found(match[1]);
    });
    driver.on('exit', (code) => failed(new Error(`chromedriver: exit ${code}: ${output}`)));
    driver.on('error', failed);
  });
  return { driver, port };
}

class Browser {
  static async open(port) {
    const browser = new Browser();
    browser.root = `http://127.0.0.1:${port}/session`;
    const session = await browser.post('', { capabilities: { alwaysMatch: {
      browserName: 'chrome',
      // Chromium's own sandbox does not start for root, nor in most containers.
      'goog:chromeOptions': { args: ['--headless=new', '--no-sandbox', '--disable-gpu',
        '--disable-dev-shm-usage', '--hide-scrollbars'] },
      'goog:loggingPrefs': { browser: 'ALL', performance: 'ALL' },
    } } });
    browser.root += `/${session.sessionId}`;
    return browser;
  }
  async request(method, path, body) {
    const response = await fetch(this.root + path, { method,
      body: body === undefined ? undefined : JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${path}: ${value.error}: ${value.message}`);
    return value;
  }
  post(path, body = {}) { return this.request('POST', path, body); }
  go(url) { return this.post('/url', { url }); }
  close() { return this.request('DELETE', ''); }
  // Runs a function of the page's own world; arguments and result are JSON.
  run(body, ...args) {
    return this.post('/execute/sync', { script: `return (${body}).apply(null, arguments)`, args });
  }
  devtools(cmd, params = {}) { return this.post('/goog/cdp/execute', { cmd, params }); }
  async element(selector) {
    const value = await this.post('/element', { using: 'css selector', value: selector });
    return `/element/${Object.values(value)[0]}`;
  }
  async click(selector) { return this.post(`${await this.element(selector)}/click`); }
  async type(selector, text) { return this.post(`${await this.element(selector)}/value`, { text }); }
  // To whatever has the focus.
  press(key) {
    return this.post('/actions', { actions: [{ type: 'key', id: 'keyboard',
      actions: [{ type: 'keyDown', value: key }, { type: 'keyUp', value: key }] }] });
  }
  async point(selector) {
    const element = await this.post('/element', { using: 'css selector', value: selector });
    return this.post('/actions', { actions: [{ type: 'pointer', id: 'mouse', actions: [
      { type: 'pointerMove', origin: element, x: 0, y: 0, duration: 0 }] }] });
  }
  logs(type) { return this.post('/se/log', { type }); }
  size(width) {
    return this.devtools('Emulation.setDeviceMetricsOverride',
      { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 });
  }
  colors(scheme) {
    return this.devtools('Emulation.setEmulatedMedia',
      { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  }
  async screenshot(path) {
    const { cssContentSize } = await this.devtools('Page.getLayoutMetrics');
    const { data } = await this.devtools('Page.captureScreenshot',
      { captureBeyondViewport: true, clip: { ...cssContentSize, scale: 1 } });
    writeFileSync(path, Buffer.from(data, 'base64'));
  }
}

// --- Checks that hold for any page

async function checkQuiet(browser, url) {
  const problems = (await browser.logs('browser')).map((entry) => entry.message);
  assert.deepEqual(problems, [], 'the console');
  const urls = (await browser.logs('performance'))
    .map((entry) => JSON.parse(entry.message).message)
    .filter((message) => message.method === 'Network.requestWillBeSent')
    .map((message) => message.params.request.url);
  assert.deepEqual(urls.filter((other) => other !== url && !other.startsWith('data:')), [],
    'requests besides the page');
  assert.ok(urls.includes(url), 'the page itself is in the log');
}

async function checkWidth(browser, width) {
  const { inside, page } = await browser.run(() => ({
    inside: document.documentElement.clientWidth,
    page: document.documentElement.scrollWidth }));
  assert.equal(inside, width);
  assert.ok(page <= width, `${width} px: the page is ${page} px wide`);
}

// Every text against the nearest background behind it (WCAG 2, 1.4.3).
async function checkContrast(browser, scheme) {
  const poor = await browser.run(() => {
    const channels = (color) => color.match(/[\d.]+/g).map(Number);
    const luminance = (color) => {
      const [r, g, b] = channels(color).map((c) => c / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
      for (let e = element; e; e = e.parentElement) {
        const color = getComputedStyle(e).backgroundColor;
        if ((channels(color)[3] ?? 1) > 0) return color;
      }
      return 'rgb(255, 255, 255)';
    };
    const found = [];
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
      if (!own || !element.checkVisibility() || element.closest('title, script')) continue;
      const style = getComputedStyle(element);
      const [a, b] = [luminance(element.closest('svg') ? style.fill : style.color),
        luminance(behind(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) found.push(`${element.textContent.slice(0, 40)}: ${ratio.toFixed(2)}`);
    }
    return found;
  });
  assert.deepEqual(poor, [], `contrast, ${scheme}`);
}

async function checkNames(browser) {
  assert.deepEqual(await browser.run(() => {
    const named = (input) => input.labels?.length > 0 || input.ariaLabel;
    return {
      nameless: [...document.querySelectorAll('input, button')]
        .filter((e) => !named(e) && !e.textContent.trim()).map((e) => e.outerHTML),
      h1: document.querySelectorAll('h1').length,
      main: document.querySelectorAll('main').length,
      live: document.querySelector('#choice')?.getAttribute('aria-live') ?? 'polite',
      ids: [...document.querySelectorAll('[id]')].length -
        new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size,
    };
  }), { nameless: [], h1: 1, main: 1, live: 'polite', ids: 0 });
}

async function checkLooks(browser, url) {
  const name = basename(dirname(new URL(url).pathname));
  for (const scheme of ['light', 'dark']) {
    await browser.colors(scheme);
    for (const width of widths) {
      await browser.size(width);
      await browser.go(url);
      await browser.run(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
      await checkWidth(browser, width);
      await checkContrast(browser, scheme);
      await browser.run(() => document.querySelectorAll('details').forEach((d) => { d.open = false; }));
      await browser.screenshot(join(screenshots, `${name}-${scheme}-${width}.png`));
    }
  }
  await browser.colors('light');
}

// Without the script: DevTools' own look at the tree needs none.
async function checkWithoutScript(browser, url) {
  await browser.devtools('Emulation.setScriptExecutionDisabled', { value: true });
  await browser.go(url);
  const { root } = await browser.devtools('DOM.getDocument');
  const all = async (selector) => (await browser.devtools('DOM.querySelectorAll',
    { nodeId: root.nodeId, selector })).nodeIds;
  const isShown = async (nodeId) => browser.devtools('DOM.getBoxModel', { nodeId })
    .then((box) => box.model.height > 0, () => false);
  for (const selector of ['.decision', '.view svg', '#schemes tbody tr', 'summary']) {
    const nodes = await all(selector);
    assert.ok(nodes.length > 0, selector);
    assert.ok((await Promise.all(nodes.map(isShown))).every(Boolean), `${selector} is shown`);
  }
  for (const nodeId of await all('input, button')) assert.ok(!await isShown(nodeId));
  await browser.devtools('Emulation.setScriptExecutionDisabled', { value: false });
}

async function checkAnyPage(browser, url) {
  await browser.size(1440);
  await browser.logs('performance');  // what belongs to the page before
  await browser.go(url);
  await checkNames(browser);
  await checkQuiet(browser, url);
  await checkLooks(browser, url);
  await checkWithoutScript(browser, url);
  await browser.go(url);
}

// --- Checks of the fixture's page

async function checkSharedChoice(browser) {
  const cases = readFileSync(join(fixture, 'choices.txt'), 'utf8').trim().split('\n')
    .map((line) => line.split(' ').map(Number));
  assert.ok(cases.length > 500);
  const wrong = await browser.run((lines) => {
    const set = (id, value) => {
      const input = document.getElementById(id);
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const names = Object.fromEntries([...document.querySelectorAll('#schemes tbody tr')]
      .map((row) => [row.dataset.scheme, row.dataset.name]));
    const found = [];
    for (const [margin, budget, index] of lines) {
      set('margin', margin);
      set('budget', budget === 0 ? '' : budget);
      const { scheme } = document.getElementById('choice').dataset;
      if (scheme !== (names[index] ?? '')) found.push([margin, budget, index, scheme]);
    }
    return found;
  }, cases);
  assert.deepEqual(wrong, [], 'margin, budget, index by C++, name by the page');
}

const choice = (browser) => browser.run(() => document.getElementById('choice').textContent);
const published = (browser) => browser.run(() => document.querySelector('.decision').textContent);

async function checkControls(browser) {
  const before = await published(browser);
  await browser.click('#reset');
  assert.match(await choice(browser), /^With margin \+1 %, no byte budget: int4_b, 56,000 bytes, perplexity gap \+0\.8 %, at most \+0\.95 %\. This is the published decision\.$/);
  // By keyboard: one page down on the slider is a stricter margin.
  await browser.run(() => document.getElementById('margin-slider').focus());
  for (let i = 0; i < 30; ++i) await browser.press(keys.left);
  const explored = await choice(browser);
  assert.match(explored, /: int8_per_tensor, 102,000 bytes/);
  assert.match(explored, /This is exploration\. The published decision stays: int4_b\.$/);
  assert.equal(await published(browser), before);
  const state = await browser.run(() => {
    const view = document.querySelector('.view:not([hidden])');
    return {
      margin: Number(document.getElementById('margin').value),
      spoken: document.getElementById('margin-slider').getAttribute('aria-valuetext'),
      line: view.querySelector('.margin').getAttribute('transform'),
      text: view.querySelector('.margin text').textContent,
      trial: getComputedStyle(view.querySelector('.trial')).display,
      at: view.querySelector('.trial').getAttribute('cx') ===
        view.querySelector('.dot[data-scheme="3"] .mark').getAttribute('cx'),
      ring: view.querySelectorAll('.ring').length,
    };
  });
  assert.ok(state.margin < 0.95 && state.margin > 0.28, String(state.margin));
  assert.equal(state.spoken, `+${state.margin} %`);
  assert.equal(state.text, `margin +${state.margin} %`);
  assert.deepEqual([state.trial, state.at, state.ring], ['inline', true, 1]);
  // Numbers are typed, too; too small a budget says so.
  await browser.type('#budget', '40000');
  assert.match(await choice(browser), /at most 40,000 bytes: int2.*not below the margin/);
  await browser.run(() => document.getElementById('budget-slider').focus());
  await browser.press(keys.end);
  assert.match(await choice(browser), /no byte budget/);
  await browser.click('#reset');
  assert.match(await choice(browser), /published decision\.$/);
  const line = await browser.run(() => document.querySelector('.margin').getAttribute('transform'));
  assert.notEqual(line, state.line);
}

async function checkMarginLine(browser) {
  // The script moves the line to where C++ drew it.
  const moved = await browser.run(() => {
    const y = (text) => Number(text.match(/,([\d.]+)\)/)[1]);
    const drawn = new DOMParser().parseFromString(document.documentElement.outerHTML, 'text/html');
    return { now: y(document.querySelector('.margin').getAttribute('transform')),
      drawn: y(drawn.querySelector('.margin').getAttribute('transform')) };
  });
  const source = readFileSync(join(fixture, 'report.html'), 'utf8');
  const written = Number(source.match(/class="margin" transform="translate\(0,([\d.]+)\)/)[1]);
  assert.ok(Math.abs(moved.now - written) < 0.1, `${moved.now}, C++ drew ${written}`);
}

const column = (browser, index) => browser.run((i) =>
  [...document.querySelectorAll('#schemes tbody tr:not([hidden])')].map((row) =>
    row.cells[i].dataset.value ?? row.cells[i].textContent), index);

async function checkTable(browser) {
  const sorts = (index) => browser.run((i) =>
    [...document.querySelectorAll('#schemes thead th')].map((th) => th.getAttribute('aria-sort'))[i], index);
  await browser.click('#schemes thead th:nth-child(3) button');
  const bytes = (await column(browser, 2)).map(Number);
  assert.deepEqual(bytes, [...bytes].sort((a, b) => a - b));
  assert.equal(bytes[0], 36000);
  assert.equal(await sorts(2), 'ascending');
  await browser.run(() => document.querySelector('#schemes thead th:nth-child(5) button').focus());
  await browser.press('\uE007');
  assert.deepEqual([await sorts(2), await sorts(4)], [null, 'ascending']);
  assert.equal((await column(browser, 0))[0], 'fp16');  // -0.0004 %
  await browser.press('\uE007');
  assert.equal(await sorts(4), 'descending');
  assert.equal((await column(browser, 0))[0], 'int2');
  // What was not timed comes last, whichever the direction.
  const speed = await browser.run(() =>
    [...document.querySelectorAll('#schemes thead th')].findIndex((th) => th.textContent === 'tokens/s'));
  for (let i = 0; i < 2; ++i) {
    await browser.click(`#schemes thead th:nth-child(${speed + 1}) button`);
    assert.equal((await column(browser, speed)).at(-1), '–');
  }
  await browser.type('#filter', 'INT4_');
  assert.deepEqual((await column(browser, 0)).sort(), ['int4_a', 'int4_b', 'int4_c']);
  assert.equal(await browser.run(() => document.getElementById('shown').textContent), '3 of 10 schemes');
  await browser.run(() => {
    document.getElementById('filter').value = '';
    document.getElementById('filter').dispatchEvent(new Event('input'));
  });
  assert.equal((await column(browser, 0)).length, 10);
}

const detail = (browser) => browser.run(() => document.getElementById('detail').textContent);

async function checkDots(browser) {
  assert.match(await detail(browser), /^int4_b\nverdict: ship\n/);
  // From the last switch one Tab leads to the first dot: the one of fewest bytes.
  await browser.run(() => document.querySelector('.switches fieldset:last-child input:checked').focus());
  await browser.press(keys.tab);
  assert.match(await detail(browser), /^int2\nverdict: on the frontier\nbytes: 36,000\n/);
  await browser.press(keys.right);
  assert.match(await detail(browser), /^int3\n[^]*perplexity gap to fp32: \+38\.0 ± 3\.8 %\n[^]*tokens\/s: 2,300\n/);
  await browser.press(keys.end);
  assert.match(await detail(browser), /^fp32\n/);
  assert.equal(await browser.run(() => document.querySelector('#schemes tr.chosen').dataset.name), 'fp32');
  await browser.press(keys.tab);
  assert.equal(await browser.run(() => document.activeElement.closest('svg')), null);
  await browser.point('.view:not([hidden]) .dot[data-scheme="2"] .mark');
  assert.match(await detail(browser), /^int8_per_channel\n/);
}

async function checkSwitches(browser) {
  const shown = () => browser.run(() => [...document.querySelectorAll('.view')]
    .filter((view) => !view.hidden).map((view) => [view.dataset.x, view.dataset.y]));
  assert.deepEqual(await shown(), [['bytes', 'perplexity_gap_percent']]);
  for (const x of ['bytes', 'tokens_per_second']) {
    for (const y of ['perplexity_gap_percent', 'kl_divergence_mean_nats', 'verb_tense_accuracy']) {
      await browser.click(`input[name="x"][value="${x}"]`);
      await browser.click(`input[name="y"][value="${y}"]`);
      assert.deepEqual(await shown(), [[x, y]]);
      const { dots, stops } = await browser.run(() => ({
        dots: document.querySelectorAll('.view:not([hidden]) .dot').length,
        stops: document.querySelectorAll('.dot[tabindex="0"]').length }));
      assert.deepEqual([dots, stops], [x === 'bytes' ? 10 : 9, 1]);
      await browser.screenshot(join(screenshots, `view-${x}-${y}.png`));
    }
  }
}

async function main() {
  mkdirSync(screenshots, { recursive: true });
  const { driver, port } = startDriver();
  let browser;
  try {
    browser = await Browser.open(await port);
    const url = pathToFileURL(resolve(fixture, 'report.html')).href;
    await checkAnyPage(browser, url);
    for (const check of [checkMarginLine, checkControls, checkSharedChoice, checkTable,
      checkDots, checkSwitches]) {
      await browser.go(url);
      await check(browser);
      await checkQuiet(browser, url);
      console.log(`page_test: ${check.name} holds`);
    }
    for (const page of pages) {
      await checkAnyPage(browser, pathToFileURL(resolve(page)).href);
      console.log(`page_test: ${page} holds`);
    }
  } finally {
    await browser?.close();
    driver.removeAllListeners('exit');
    driver.kill();
  }
  console.log('page_test: PASS');
}

await main();
