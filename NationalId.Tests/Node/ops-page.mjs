// Drives the operator's page in a real Chromium. Arguments: the page's address, then names of scenarios; the admin key is in OPS_KEY, Chromium's
// path in CHROMIUM. Prints one JSON line per scenario: {name, ok, error}. Scenarios run in the order given, each in a browser session of its own.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const [address, ...names] = process.argv.slice(2);
const key = process.env.OPS_KEY;
const wait = { timeout: 120_000 };

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
  await page.getByLabel('operator key').fill(given);
  await page.getByRole('button', { name: 'Open' }).click();
}

async function enter(page) {
  await signIn(page);
  await page.locator('#board').waitFor(wait);
}

async function searchNumber(page, number) {
  await page.getByRole('searchbox', { name: 'Number or id' }).fill(number);
  await page.getByRole('button', { name: 'Search' }).click();
}

const row = (page, text) => page.locator('#rows tr', { hasText: text });
const states = { Received: 1, Waiting: 1, Flagged: 2, Poisoned: 3, Delivered: 2, Closed: 0 };

// What the service says of an event, asked with the key from outside the page.
async function stateOf(number) {
  const answer = await fetch(`${address}/search`, { method: 'POST', headers: { 'x-functions-key': key, 'x-requested-with': 'test', 'content-type': 'application/json' }, body: JSON.stringify({ text: number }) });
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
    await page.getByLabel('operator key').fill(key);
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
    await textIs(page.locator('#deployment'), /^the tests\s+· client MOSIP · system mosip-mediator · version \d+\.\d+\.\d+\s+· times in UTC$/);
    assert.match(await page.title(), /^the tests: /);
    await textIs(page.locator('#oldest'), /^Oldest waiting: it came 3 h \d+ min ago\.$/);
    await textIs(page.locator('#open-closed'), /^5 events are open for a person .*; 0 closed in the last 24 hours\.$/);
    await textIs(page.locator('#banner-waiting'), /^1 event waits: MOSIP answered 503 \(1\)\. It is tried again/);
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
    await textIs(page.locator('#subscription-list li'), /^None: their settings are not set\./);
  },

  async search(page) {
    await enter(page);
    assert.equal(await page.getByRole('combobox', { name: 'State' }).inputValue(), 'Poisoned');
    await searchNumber(page, ' 2026bwaiting1 ');
    await textIs(page.locator('#found'), /^1 event\.$/);
    assert.equal(await page.getByRole('combobox', { name: 'State' }).inputValue(), '', 'a number is looked for in all states');
    for (const other of ['T-B-2026BWAITING1', 't-b-2026 bwaiting1']) {
      await searchNumber(page, other);
      await textIs(page.locator('#found'), /^1 event\.$/);
      await row(page, '2026BWAITING1').waitFor(wait);
    }
    const found = row(page, '2026BWAITING1');
    await textIs(found, /Birth.*2026BWAITING1.*Waiting.*MOSIP answered 503/);
    assert.match(await found.locator('time').first().getAttribute('title'), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
    await searchNumber(page, 'no such number');
    await textIs(page.locator('#found'), /^No event has this number or id, in any state\./);
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
    for (const name of ['Replay', 'Acknowledge', 'Discard']) assert.equal(await dialog.getByRole('button', { name }).isVisible(), false, name);
    const link = dialog.locator('#facts a');
    assert.match(await link.getAttribute('href'), /^https:\/\/traces\.example\/trace\/[0-9a-f]{32}$/);
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
    await page.getByRole('dialog', { name: 'Try this event now?' }).getByRole('button', { name: 'Try now' }).click();
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

  // By its reason: all at once, asked for with their count; then one is discarded with a reason.
  async 'by-reason'(page) {
    await enter(page);
    await textIs(page.locator('#reasons-title'), /^Poisoned, by reason$/);
    const reason = page.locator('#reason-rows tr', { hasText: 'MOSIP refused it: 400' });
    await textIs(reason, /MOSIP refused it: 400\s*1/);
    await reason.getByRole('button', { name: /^Replay/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay: 1 event?' });
    assert.match(await dialog.textContent(), /at most 300 a minute/);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await textIs(page.locator('#state-Poisoned strong'), /^1$/);
    await reason.getByRole('button', { name: /^Replay/ }).click();
    await dialog.getByRole('button', { name: 'Replay 1' }).click();
    await textIs(page.locator('#message'), /^1 event is on the way again\.$/);
    await textIs(page.locator('#state-Poisoned strong'), /^0$/);
    await until(async () => !await page.locator('#by-reason').isVisible(), 'nothing is left to replay');
  },

  async close(page) {
    await enter(page);
    await searchNumber(page, '2026BFLAGGED1');
    await row(page, '2026BFLAGGED1').getByRole('button', { name: /^Details/ }).click();
    await page.locator('#detail-discard').click();
    const dialog = page.getByRole('dialog', { name: 'Discard this event?' });
    assert.equal(await page.evaluate(() => document.activeElement.id), 'ask-no', 'Enter alone discards nothing');
    // Without a reason it is not taken.
    await dialog.getByRole('button', { name: 'Discard' }).click();
    assert.equal(await dialog.isVisible(), true);
    await dialog.getByRole('textbox', { name: /^Why/ }).fill('made twice');
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await textIs(page.locator('#detail-message'), /^Birth 2026BFLAGGED1 is discarded\.$/);
    await textIs(page.locator('#history'), /discarded by an operator: made twice/);
    await page.locator('#detail-close').click();
    await textIs(row(page, '2026BFLAGGED1'), /Closed since .*made twice/);
    await textIs(page.locator('#state-Closed strong'), /^1$/);
    await row(page, '2026BFLAGGED1').getByRole('button', { name: /^Send after all/ }).waitFor(wait);
    assert.equal(await stateOf('2026BFLAGGED1'), 'Closed');
  },

  async life(page) {
    await enter(page);
    await searchNumber(page, '2026BDELIVERED1');
    await row(page, '2026BDELIVERED1').getByRole('button', { name: /^Details/ }).click();
    await page.locator('#detail-life').click();
    const dialog = page.getByRole('dialog', { name: 'The life of 2026BDELIVERED1' });
    await dialog.waitFor(wait);
    await textIs(dialog.locator('#life-registrations'), /Birth.*AID\s*10001000100010001/);
    const steps = await dialog.locator('#life-rows tr').allTextContents();
    assert(steps.some(step => /Birth 2026BDELIVERED1.*Waiting.*MOSIP answered 503/.test(step)), steps.join('|'));
    assert(steps.some(step => /AID 10001000100010001 drawn/.test(step)), steps.join('|'));
    assert.equal(await dialog.locator('#life-events a').count(), 1);
    await page.keyboard.press('Escape');
    await until(async () => !await dialog.isVisible(), 'the life closes');
    assert.equal(await page.locator('#detail').isVisible(), true);
  },

  async pause(page) {
    await enter(page);
    await page.getByRole('button', { name: 'Pause delivery' }).click();
    await page.getByRole('dialog', { name: 'Pause delivery?' }).getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await page.locator('#banner-paused').isVisible(), false);
    await page.getByRole('button', { name: 'Pause delivery' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause delivery' }).click();
    await textIs(page.locator('#banner-paused'), /^Delivery is paused by an operator since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. Events are still taken in/);
    await page.getByRole('button', { name: 'Resume delivery' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume delivery' }).click();
    await textIs(page.locator('#message'), /Delivery is resumed/);
    await until(async () => !await page.locator('#banner-paused').isVisible(), 'the banner goes');
  },

  // An operator's own clock is not UTC: both are shown.
  async zone(page) {
    await enter(page);
    await textIs(page.locator('#zone'), /^· times in Africa\/Addis_Ababa and UTC$/);
    await textIs(page.locator('#rows time').first(), /\d\d:\d\d UTC|\(\d\d:\d\d:\d\d UTC\)$/);
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
    // Without a key it was tried, and once with it.
    const asked = summaries;
    assert(asked <= 2, `${asked}`);
    await until(async () => { await page.clock.fastForward(10_000); return summaries > asked; }, 'it reads again by itself');
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
      // Without a key there is nothing to change.
      await route.fulfill(answer.ok() ? { response: answer, json: { ...await answer.json(), canSubscribe: true, subscriptions: [{ topic: 'BIRTH_REGISTERED', status: '<b>denied</b>', reason: 'no scope' }] } } : { response: answer });
    });
    await page.route('**/api/subscribe', route => route.fulfill({ json: [{ topic: 'BIRTH_REGISTERED', status: 'created' }, { topic: 'DEATH_REGISTERED', status: 'denied', reason: 'no scope' }] }));
    await enter(page);
    await textIs(page.locator('#subscription-list li'), /^BIRTH_REGISTERED: <b>denied<\/b> \(no scope\)$/);
    await page.getByRole('button', { name: 'Subscribe now' }).click();
    await page.getByRole('dialog', { name: 'Subscribe now?' }).getByRole('button', { name: 'Subscribe now' }).click();
    await textIs(page.locator('#message'), /^BIRTH_REGISTERED: created\. DEATH_REGISTERED: denied \(no scope\)\.$/);
    // The page goes on reading: what is on its way then is nobody's.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  },

  async trouble(page) {
    await enter(page);
    await textIs(page.locator('#banner-circuit'), /^Not reachable at the moment: MOSIP\. The circuit is open/);
    await textIs(page.locator('#banner-secrets'), /secret store does not answer/);
    await textIs(page.locator('#banner-quarantine'), /^2 webhooks wait in quarantine/);
    await textIs(page.locator('#banner-paused'), /Delivery is paused/);
    for (const banner of ['circuit', 'secrets', 'paused', 'quarantine']) assert.equal(await page.locator(`#banner-${banner}`).isVisible(), true, banner);
  },

  // A registration whose packet MOSIP refused goes back to its registrar. Its number is in OPS_NUMBER.
  async reject(page) {
    const number = process.env.OPS_NUMBER, dialog = page.getByRole('dialog', { name: 'Reject this registration?' });
    await enter(page);
    await searchNumber(page, number);
    await row(page, number).getByRole('button', { name: /^Details/ }).click();
    await textIs(page.locator('#facts'), /MOSIP/);
    const button = page.getByRole('button', { name: 'Reject at OpenCRVS' });
    await button.click();
    assert.match(await dialog.textContent(), /goes back to the registrar/);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await stateOf(number), 'Flagged');
    // Without a word for the registrar nothing is rejected.
    await button.click();
    await dialog.getByRole('button', { name: 'Reject' }).click();
    assert.equal(await dialog.isVisible(), true);
    assert.equal(await stateOf(number), 'Flagged');
    await dialog.getByLabel('What the registrar must do').fill('MOSIP knows this child already.');
    await dialog.getByRole('button', { name: 'Reject' }).click();
    await textIs(page.locator('#detail-message'), /is rejected\.$/);
    await until(async () => !await button.isVisible(), 'what is rejected can not be rejected again');
    assert.equal(await stateOf(number), 'Delivered');
  },

  // A birth of which nothing was heard is asked about; then it is revoked and reinstated. Its number is in OPS_NUMBER.
  async overdue(page) {
    const number = process.env.OPS_NUMBER, dialog = page.getByRole('dialog', { name: 'Ask again?' });
    await enter(page);
    await textIs(page.locator('#overdue-count'), /^1 registration was sent, and nothing was heard since\.$/);
    const listed = page.locator('#overdue-rows tr', { hasText: number });
    const again = listed.getByRole('button', { name: `Ask again for Birth ${number}` });
    await again.click();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await listed.locator('time').count(), 1, 'nobody was asked');
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page, 'the page with what has no number');
    await again.click();
    await dialog.getByRole('button', { name: 'Ask again' }).click();
    await textIs(page.locator('#message'), new RegExp(`^The National ID system is asked about Birth ${number}\\.$`));
    // The number comes, and takes it off the list.
    await until(async () => { await page.getByRole('button', { name: 'Refresh' }).click(); return !await page.locator('#overdue').isVisible(); }, 'it leaves the list');
  },

  async revoke(page) {
    const number = process.env.OPS_NUMBER, button = page.locator('#detail-revoke');
    const open = async () => { await page.getByRole('button', { name: `Details of Birth ${number}`, exact: true }).click(); await page.locator('#detail').waitFor(wait); };
    const says = word => until(async () => {
      if ((await button.textContent()).trim() === word && await button.isVisible()) return true;
      await page.locator('#detail-close').click();
      await open();
      return false;
    }, word);
    await enter(page);
    await searchNumber(page, number);
    await open();
    for (const [word, counts] of [['Revoke', 'no, it was revoked'], ['Reinstate', 'yes, it was reinstated']]) {
      await says(word);
      await button.click();
      const dialog = page.getByRole('dialog', { name: `${word} this registration?` });
      assert.equal(await page.evaluate(() => document.activeElement.id), 'ask-no', 'Enter alone changes nothing');
      // Without a reason it is not taken.
      await dialog.getByRole('button', { name: word }).click();
      assert.equal(await dialog.isVisible(), true);
      await dialog.getByRole('textbox', { name: /^Why/ }).fill('registered twice');
      await dialog.getByRole('button', { name: word }).click();
      await textIs(page.locator('#detail-message'), /^It is on its way\./);
      await says(word === 'Revoke' ? 'Reinstate' : 'Revoke');
      await textIs(page.locator('#facts'), new RegExp(`Counts\\s*${counts}`));
    }
    await page.locator('#detail-close').click();
    for (const what of ['Birth revoked', 'Birth reinstated']) await page.getByRole('button', { name: `Details of ${what} ${number}`, exact: true }).waitFor(wait);
  },

  // Nothing at all: a new deployment.
  async empty(page) {
    await enter(page);
    await textIs(page.locator('#found'), /^No events\.$/);
    assert.equal(await page.getByRole('combobox', { name: 'State' }).inputValue(), '');
    await textIs(page.locator('#open-closed'), /^Nothing is open for a person; 0 closed/);
    await textIs(page.locator('#oldest'), /^No event waits\.$/);
    for (const id of ['banner-waiting', 'by-reason', 'more', 'subscribe']) assert.equal(await page.locator(`#${id}`).isVisible(), false, id);
  },

  async 'empty-phone'(page) {
    await page.setViewportSize({ width: 390, height: 844 });
    await scenarios.empty(page);
    await fits(page, 'the empty page');
  },

  // 30 events, half of them poisoned for one reason: one page, at a desk and on a phone.
  async thirty(page) {
    await enter(page);
    for (const [state, count] of [['Waiting', 15], ['Poisoned', 15], ['Flagged', 0]]) await textIs(page.locator(`#state-${state} strong`), new RegExp(`^${count}$`));
    await textIs(page.locator('#found'), /^15 events\.$/);
    assert.equal(await page.locator('#more').isVisible(), false);
    await page.getByRole('button', { name: 'Clear' }).click();
    await textIs(page.locator('#found'), /^30 events\.$/);
    assert.equal(await page.locator('#by-reason').isVisible(), false, 'reasons are shown for one state');
    await page.locator('#state-Waiting').click();
    await page.getByRole('button', { name: 'Try now: MOSIP answered 503.' }).waitFor(wait);
    assert.equal(await page.getByRole('button', { name: /^Acknowledge: / }).count(), 0, 'what waits is not acknowledged');
    await page.setViewportSize({ width: 390, height: 844 });
    await fits(page, 'the page with 30 events');
  },

  // 2,000 events: 1,200 wait, 600 are poisoned for two reasons, 200 are delivered.
  async many(page) {
    await enter(page);
    await textIs(page.locator('#state-Waiting strong'), /^1,200$/);
    await textIs(page.locator('#banner-waiting'), /^1,200 events wait: MOSIP can't be reached \(900\); MOSIP answered 503 \(300\)\. They are tried/);
    assert.equal(await page.locator('#banner-circuit').isVisible(), false, 'no circuit is open, and yet it is said');
    assert.deepEqual((await page.locator('#reason-rows tr td:nth-child(2)').allTextContents()), ['500', '100']);
    await textIs(page.locator('#found'), /^100 events, the oldest; there are more\.$/);
    // docs/operators-page.png is this one.
    if (process.env.OPS_SHOTS) await page.screenshot({ path: `${process.env.OPS_SHOTS}/operators-page.png`, fullPage: true, clip: { x: 0, y: 0, width: 1200, height: 1330 } });
    for (let count = 200; count <= 600; count += 100) {
      await page.getByRole('button', { name: 'Show more' }).click();
      await textIs(page.locator('#found'), new RegExp(`^${count} events`));
    }
    assert.equal(await page.locator('#rows tr').count(), 600);
    await until(async () => !await page.locator('#more').isVisible(), 'the end has come');
    // By reason, then a number that is in another state.
    await page.getByRole('button', { name: 'Show only these: MOSIP answered 400: OPN-CRVS-028.' }).click();
    await textIs(page.locator('#found'), /^100 events for this reason/);
    await searchNumber(page, '2026m1999');
    await textIs(page.locator('#found'), /^1 event\.$/);
    await row(page, '2026M1999').waitFor(wait);
  },

  async 'many-phone'(page) {
    await page.setViewportSize({ width: 390, height: 844 });
    await enter(page);
    await textIs(page.locator('#found'), /^100 events/);
    await fits(page, 'the page with 2,000 events');
    await row(page, '2026M').first().getByRole('button', { name: /^Details/ }).click();
    await page.locator('#detail').waitFor(wait);
    await fits(page, 'the details');
    const [inner, outer] = await page.locator('#detail').evaluate(dialog => [dialog.scrollWidth, dialog.clientWidth]);
    assert(inner <= outer, 'the details don\'t scroll sideways');
    await page.locator('#detail-life').click();
    await page.locator('#life').waitFor(wait);
    const [wide, room] = await page.locator('#life').evaluate(dialog => [dialog.scrollWidth, dialog.clientWidth]);
    assert(wide <= room, 'the life doesn\'t scroll sideways');
    await page.locator('#life-close').click();
    await page.locator('#detail-close').click();
  },

  async 'many-replayed'(page) {
    await enter(page);
    const reason = page.locator('#reason-rows tr', { hasText: 'MOSIP refused it: 400' });
    await reason.getByRole('button', { name: /^Replay/ }).click();
    await page.getByRole('dialog', { name: 'Replay: 500 events?' }).getByRole('button', { name: 'Replay 500' }).click();
    await page.locator('#progress').waitFor(wait);
    await textIs(page.locator('#message'), /^500 events are on the way again, the last in 1 min\.$/);
    await textIs(page.locator('#state-Poisoned strong'), /^100$/);
    await textIs(page.locator('#state-Waiting strong'), /^1,700$/);
    await page.locator('#reason-rows tr', { hasText: 'OPN-CRVS-028' }).getByRole('button', { name: /^Discard/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard 100 events?' });
    await dialog.getByRole('textbox', { name: /^Why/ }).fill('the deceased are unknown to MOSIP');
    await dialog.getByRole('button', { name: 'Discard 100' }).click();
    await textIs(page.locator('#message'), /^100 events are discarded\.$/);
    await textIs(page.locator('#state-Closed strong'), /^100$/);
    await textIs(page.locator('#open-closed'), /^Nothing is open for a person .*; 100 closed|^Nothing is open for a person; 100 closed/);
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
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, reducedMotion: 'reduce', timezoneId: name === 'zone' ? 'Africa/Addis_Ababa' : 'UTC' });
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
  if (process.env.OPS_SHOTS) await page.screenshot({ path: `${process.env.OPS_SHOTS}/${name}.png`, fullPage: true, clip: { x: 0, y: 0, width: page.viewportSize().width, height: 3000 } }).catch(() => {});
  console.log(JSON.stringify({ name, ok: error === null, error }));
  await context.close();
}
await browser.close();
