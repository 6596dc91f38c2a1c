// The operator's page shows what reconciliation found, and releases a batch, in a real Chromium. One JSON line comes in: {address, key, chromium, batch, missing}.
// Exits with an error when the page is not as it should be.
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const line = await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next();
const { address, key, chromium: executablePath, batch, missing } = JSON.parse(line.value);
const wait = { timeout: 120_000 };
const browser = await chromium.launch({
  executablePath,
  headless: true,
  timeout: 120_000,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', error => errors.push(error.message));
  await page.goto(address);
  await page.getByLabel('operator key').fill(key);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.locator('#reconciliation').waitFor(wait);

  // The last run, its window, what it found, and what is left of the quota.
  const run = await page.locator('#runs li').first().textContent();
  assert.match(run, /^record-search, .* to .*: ended .*\. 3 listed, 1 known, 1 recovered \(1 although we were up\), 0 kept, 1 conflicts, 0 unreachable\. Searches left today: [\d,]+\.$/);

  // The batch: compared, held, and released by an operator who confirms it.
  const row = page.locator('#batch-rows tr', { hasText: batch });
  await row.waitFor(wait);
  assert.match(await row.textContent(), new RegExp(`held${missing} listed, 0 known, ${missing} missing`));
  await row.getByRole('button', { name: `Release batch ${batch}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Release this batch?' });
  await dialog.waitFor(wait);
  assert.match(await dialog.textContent(), new RegExp(`${missing} registrations go to the National ID system`));
  await dialog.getByRole('button', { name: 'Release' }).click();
  await page.getByText(`Batch ${batch} is released.`).waitFor(wait);

  // "Look now" begins a run, after a question as well.
  await page.getByRole('button', { name: 'Look now' }).click();
  const look = page.getByRole('dialog', { name: 'Look for what never came?' });
  await look.waitFor(wait);
  await look.getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual(errors, []);
  console.log(JSON.stringify({ ok: true }));
} finally {
  await browser.close();
}
