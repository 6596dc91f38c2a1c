// Drives the operator's page in a real Chromium. Arguments: the page's address, then names of scenarios; the admin key is in OPS_KEY, Chromium's
// path in CHROMIUM. Prints one JSON line per scenario: {name, ok, error}. Scenarios run in the order given, each in a browser session of its own.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const [address, ...names] = process.argv.slice(2);
const key = process.env.OPS_KEY;
const wait = { timeout: 60_000 };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  headless: true,
  timeout: 120_000,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function until(condition, what) {
  for (const end = Date.now() + wait.timeout; ;) {
    if (await condition()) return;
    assert(Date.now() < end, `not in time: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

async function textIs(locator, pattern) {
  let text = '';
  await until(async () => pattern.test(text = (await locator.textContent() ?? '').trim()), `${pattern}`).catch(failure => assert.fail(`${failure.message}; it is "${text}"`));
}

async function signIn(page, given = key) {
  await page.goto(address);
  await page.getByLabel('master').fill(given);
  await page.getByRole('button', { name: 'Open' }).click();
}

async function enter(page) {
  await signIn(page);
  await page.locator('#board').waitFor(wait);
}

async function searchNumber(page, number) {
  await page.getByRole('combobox', { name: 'State' }).selectOption('');
  await page.getByRole('textbox', { name: 'Registration number' }).fill(number);
  await page.getByRole('button', { name: 'Search' }).click();
}

const row = (page, text) => page.locator('#rows tr', { hasText: text });
const states = { Received: 1, Waiting: 1, Flagged: 2, Poisoned: 3, Delivered: 2 };

// What the service says of an event, asked with the key from outside the page.
async function stateOf(number) {
  const answer = await fetch(`${address}/search`, { method: 'POST', headers: { 'x-functions-key': key, 'x-requested-with': 'test', 'content-type': 'application/json' }, body: JSON.stringify({ registrationNumber: number }) });
  return (await answer.json())[0].state;
}

async function fits(page, what) {
  const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert(width <= inner, `${what} is ${width} wide in ${inner}`);
}

// Tab until the focus is where it should be; a person can't see more than this either.
async function tabTo(page, matches, what) {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const at = document.activeElement, style = getComputedStyle(at);
      return { name: at.getAttribute('aria-label') ?? at.textContent.trim(), id: at.id, outline: style.outlineStyle, visible: at.checkVisibility() };
    });
    if (matches(focused)) {
      assert.equal(focused.outline, 'solid', `the focus on ${what} can be seen`);
      assert(focused.visible);
      return;
    }
  }
  assert.fail(`Tab never came to ${what}`);
}

const scenarios = {
  async 'wrong-key'(page) {
    await signIn(page, 'not-the-key');
    await textIs(page.locator('#key-message'), /This key was not accepted/);
    assert.equal(await page.locator('#board').isVisible(), false);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await page.getByLabel('master').fill(key);
    await page.keyboard.press('Enter');
    await page.locator('#board').waitFor(wait);
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage) + document.cookie), '{}');
    await page.reload();
    await page.locator('#board').waitFor(wait);
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.locator('#signin').waitFor(wait);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    assert.equal(await page.locator('#rows tr').count(), 0);
  },

  async counts(page) {
    await enter(page);
    for (const [state, count] of Object.entries(states)) await textIs(page.locator(`#state-${state} strong`), new RegExp(`^${count}$`));
    await textIs(page.locator('#version'), /^Version \d+\.\d+\.\d+$/);
    await textIs(page.locator('#oldest'), /^Oldest waiting: 3 h \d+ min\.$/);
    await textIs(page.locator('#found'), /^3 events\.$/);
    const picture = page.getByRole('img', { name: /9 received, 2 delivered/ });
    await picture.waitFor(wait);
    assert((await picture.locator('rect').evaluateAll(bars => bars.filter(bar => Number(bar.getAttribute('height')) > 0).length)) >= 3, 'bars are drawn');
    await page.getByText('The same as a table').click();
    const cells = await page.locator('#hours td').allTextContents();
    assert.equal(cells.length, 48);
    assert.equal(cells.filter((_, index) => index % 2 === 0).reduce((sum, text) => sum + Number(text), 0), 9);
    assert.equal(cells.filter((_, index) => index % 2 === 1).reduce((sum, text) => sum + Number(text), 0), 2);
    for (const banner of ['circuit', 'secrets', 'paused', 'quarantine', 'stale']) assert.equal(await page.locator(`#banner-${banner}`).isVisible(), false, banner);
    await textIs(page.locator('#subscription-list li'), /^None is known yet\./);
  },

  async search(page) {
    await enter(page);
    await searchNumber(page, '2026BWAITING1');
    await textIs(page.locator('#found'), /^1 event\.$/);
    const found = row(page, '2026BWAITING1');
    await textIs(found, /Birth.*2026BWAITING1.*Waiting.*MOSIP answered 503/);
    assert.match(await found.locator('time').first().getAttribute('title'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    await searchNumber(page, 'no such number');
    await textIs(page.locator('#found'), /^No events\.$/);
    await page.getByRole('button', { name: 'Clear' }).click();
    await textIs(page.locator('#found'), /^9 events\.$/);
    await page.locator('#state-Delivered').click();
    await textIs(page.locator('#found'), /^2 events\.$/);
    assert.equal(await page.locator('#state-Delivered').getAttribute('aria-pressed'), 'true');
    assert.equal(await page.locator('#rows .replay:visible').count(), 0, 'a delivered event has no replay button');
    await page.getByRole('combobox', { name: 'State' }).selectOption('');
    const local = await page.evaluate(() => { const at = new Date(Date.now() - 150 * 60_000); return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16); });
    await page.locator('#from').fill(local);
    await page.getByRole('button', { name: 'Search' }).click();
    await textIs(page.locator('#found'), /^4 events\.$/);
    await page.locator('#to').fill('2020-01-01T00:00');
    await page.getByRole('button', { name: 'Search' }).click();
    await textIs(page.locator('#found'), /from has to be before to/);
  },

  async detail(page) {
    await enter(page);
    await searchNumber(page, '2026BDELIVERED1');
    await row(page, '2026BDELIVERED1').getByRole('button', { name: 'Details of Birth 2026BDELIVERED1' }).click();
    const dialog = page.getByRole('dialog', { name: 'Birth 2026BDELIVERED1' });
    await dialog.waitFor(wait);
    await textIs(dialog.locator('#facts'), /AID\s*10001000100010001.*Event key\s*[0-9a-f]{64}/);
    assert.deepEqual(await dialog.locator('#history tr td:nth-child(2)').allTextContents(), ['Received', 'Waiting', 'Delivered']);
    assert.match(await dialog.locator('#history').textContent(), /MOSIP answered 503/);
    assert.equal(await dialog.getByRole('button', { name: 'Replay' }).isVisible(), false);
    await page.keyboard.press('Escape');
    await until(async () => !await dialog.isVisible(), 'the dialog closes');
    assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^Details of/);
  },

  async 'replay-cancel'(page) {
    await enter(page);
    await searchNumber(page, '2026BFLAGGED1');
    for (const close of ['Cancel', 'Escape']) {
      await row(page, '2026BFLAGGED1').getByRole('button', { name: /^Replay/ }).click();
      const dialog = page.getByRole('dialog', { name: 'Replay this event?' });
      await dialog.waitFor(wait);
      assert.match(await dialog.textContent(), /Birth 2026BFLAGGED1 is flagged/);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'ask-no', 'Enter alone replays nothing');
      await (close === 'Escape' ? page.keyboard.press('Escape') : dialog.getByRole('button', { name: 'Cancel' }).click());
      await until(async () => !await dialog.isVisible(), 'the dialog closes');
    }
    assert.equal(await stateOf('2026BFLAGGED1'), 'Flagged');
    assert.equal(await page.locator('#message').textContent(), '');
  },

  async replay(page) {
    await enter(page);
    await row(page, '2026BPOISONED1').getByRole('button', { name: /^Replay/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click();
    await textIs(page.locator('#message'), /Birth 2026BPOISONED1 is on its way again/);
    await until(async () => await row(page, '2026BPOISONED1').count() === 0, 'it leaves the list of poisoned events');
    await textIs(page.locator('#state-Waiting strong'), /^2$/);
    assert.equal(await stateOf('2026BPOISONED1'), 'Waiting');
    // Replayed from the details, where the answer is shown too.
    await searchNumber(page, '2026BPOISONED1');
    await row(page, '2026BPOISONED1').getByRole('button', { name: /^Details/ }).click();
    await page.locator('#detail-replay').click();
    await page.getByRole('dialog', { name: 'Replay this event?' }).getByRole('button', { name: 'Replay' }).click();
    await textIs(page.locator('#detail-message'), /on its way again/);
    await until(async () => await page.locator('#history tr').count() === 4, 'the history grows');
  },

  // Signs in, finds a poisoned event, replays it: the mouse is never used.
  async keyboard(page) {
    await page.goto(address);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'key');
    await page.keyboard.type(key);
    await page.keyboard.press('Enter');
    await page.locator('#board').waitFor(wait);
    await row(page, '2026DPOISONED2').waitFor(wait);
    await tabTo(page, focused => focused.name === 'Details of Death 2026DPOISONED2', 'the details button');
    await page.keyboard.press('Enter');
    await page.locator('#detail').waitFor(wait);
    await tabTo(page, focused => focused.id === 'detail-close', 'the close button');
    await page.keyboard.press('Enter');
    await until(async () => !await page.locator('#detail').isVisible(), 'the details close');
    await tabTo(page, focused => focused.name === 'Replay Death 2026DPOISONED2', 'the replay button');
    await page.keyboard.press('Enter');
    await page.locator('#ask').waitFor(wait);
    await tabTo(page, focused => focused.id === 'ask-yes', 'the answer');
    await page.keyboard.press('Enter');
    await textIs(page.locator('#message'), /Death 2026DPOISONED2 is on its way again/);
    await until(() => page.evaluate(() => document.activeElement.id === 'events'), 'the focus stays near the list');
    assert.equal(await stateOf('2026DPOISONED2'), 'Waiting');
  },

  async 'replay-all'(page) {
    await enter(page);
    await page.getByRole('button', { name: /^Replay all 1 poisoned$/ }).click();
    await page.getByRole('dialog', { name: 'Replay all poisoned events?' }).getByRole('button', { name: 'Cancel' }).click();
    await textIs(page.locator('#state-Poisoned strong'), /^1$/);
    await page.getByRole('button', { name: /^Replay all 1 poisoned$/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Replay all' }).click();
    await textIs(page.locator('#message'), /^1 event is on the way again\.$/);
    await textIs(page.locator('#state-Poisoned strong'), /^0$/);
    await until(async () => !await page.locator('#replay-all').isVisible(), 'nothing is left to replay');
  },

  async pause(page) {
    await enter(page);
    await page.getByRole('button', { name: 'Pause delivery' }).click();
    await page.getByRole('dialog', { name: 'Pause delivery?' }).getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await page.locator('#banner-paused').isVisible(), false);
    await page.getByRole('button', { name: 'Pause delivery' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause delivery' }).click();
    await page.locator('#banner-paused').waitFor(wait);
    await page.getByRole('button', { name: 'Resume delivery' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume delivery' }).click();
    await textIs(page.locator('#message'), /Delivery is resumed/);
    await until(async () => !await page.locator('#banner-paused').isVisible(), 'the banner goes');
  },

  async narrow(page) {
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(address);
    await page.locator('#signin').waitFor(wait);
    await fits(page, 'the key form');
    await enter(page);
    await page.getByRole('button', { name: 'Clear' }).click();
    await textIs(page.locator('#found'), /^9 events\.$/);
    await page.getByText('The same as a table').click();
    await fits(page, 'the page');
    assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('#rows tr')).display), 'block', 'rows are cards');
    await row(page, '2026BDELIVERED1').getByRole('button', { name: /^Details/ }).click();
    await page.locator('#detail').waitFor(wait);
    await fits(page, 'the details');
    const [inner, outer] = await page.locator('#detail').evaluate(dialog => [dialog.scrollWidth, dialog.clientWidth]);
    assert(inner <= outer, 'the details don\'t scroll sideways');
  },

  async 'hostile-number'(page) {
    await enter(page);
    const hostile = "<img src=x onerror=window.hacked=1>'\"";
    await page.getByRole('button', { name: 'Clear' }).click();
    await row(page, hostile).waitFor(wait);
    await row(page, hostile).getByRole('button', { name: /^Details/ }).click();
    await page.locator('#detail').waitFor(wait);
    assert.equal(await page.locator('#detail-title').textContent(), `Birth ${hostile}`);
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    // Even a mistake in the page would not run: the policy refuses markup from text.
    assert.equal(await page.evaluate(() => { try { document.body.innerHTML += '<p>x</p>'; return 'taken'; } catch { return 'refused'; } }), 'refused');
    page.expected = /TrustedHTML/;
  },

  async 'auto-refresh'(page) {
    await page.clock.install();
    let summaries = 0;
    page.on('request', request => { summaries += request.url().endsWith('/summary') ? 1 : 0; });
    const see = hidden => page.evaluate(value => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await enter(page);
    assert.equal(summaries, 1);
    await until(async () => { await page.clock.fastForward(10_000); return summaries > 1; }, 'it reads again by itself');
    await page.waitForLoadState('networkidle');
    await see(true);
    const before = summaries;
    for (let tick = 0; tick < 5; tick++) await page.clock.fastForward(10_000);
    assert.equal(summaries, before, 'a hidden tab asks nothing');
    await see(false);
    await until(() => summaries > before, 'seen again, it reads at once');
    // The service goes away: the figures stay, and the page says how old they are.
    await page.route('**/api/ops/*', route => route.abort());
    await page.getByRole('button', { name: 'Refresh' }).click();
    await textIs(page.locator('#banner-stale'), /does not answer. The figures below are of/);
    await page.unroute('**/api/ops/*');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await until(async () => !await page.locator('#banner-stale').isVisible(), 'it recovers');
    page.expected = /ERR_FAILED/;
  },

  async subscriptions(page) {
    await page.route('**/api/ops/summary', async route => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...await answer.json(), subscriptions: [{ topic: 'BIRTH_REGISTERED', status: '<b>denied</b>', reason: 'no scope' }] } });
    });
    await enter(page);
    await textIs(page.locator('#subscription-list li'), /^BIRTH_REGISTERED: <b>denied<\/b> \(no scope\)$/);
  },

  async trouble(page) {
    await enter(page);
    await textIs(page.locator('#banner-circuit'), /^Not reachable at the moment: MOSIP\. The circuit is open/);
    await textIs(page.locator('#banner-secrets'), /secret store does not answer/);
    await textIs(page.locator('#banner-quarantine'), /^2 webhooks wait in quarantine/);
    await textIs(page.locator('#banner-paused'), /Delivery is paused/);
    for (const banner of ['circuit', 'secrets', 'paused', 'quarantine']) assert.equal(await page.locator(`#banner-${banner}`).isVisible(), true, banner);
  },

  async dark(page) {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    await enter(page);
    const light = await background();
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.notEqual(await background(), light);
  },
};

for (const name of names) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(wait.timeout);
  const complaints = [];
  page.on('pageerror', failure => complaints.push(`page error: ${failure.message}`));
  // A refused key is a 401 that Chromium itself writes to the console.
  page.on('console', message => ['error', 'warning'].includes(message.type()) && !/status of 40[01]/.test(message.text()) && complaints.push(`console: ${message.text()}`));
  page.on('request', request => new URL(request.url()).origin !== new URL(address).origin && !request.url().startsWith('data:') && complaints.push(`asks elsewhere: ${request.url()}`));
  let error = null;
  try {
    await scenarios[name](page);
    const left = complaints.filter(complaint => !page.expected?.test(complaint));
    assert.deepEqual(left, [], 'no errors in the console');
  } catch (failure) {
    error = `${failure.stack ?? failure}`.replaceAll(key, '(key)') + (complaints.length ? `\n${complaints.join('\n')}` : '');
  }
  // For people who want to see it: OPS_SHOTS names a folder.
  if (process.env.OPS_SHOTS) await page.screenshot({ path: `${process.env.OPS_SHOTS}/${name}.png`, fullPage: true });
  console.log(JSON.stringify({ name, ok: error === null, error }));
  await context.close();
}
await browser.close();
