// Opens the page of the API in a real Chromium, as people do. Arguments: its address; CHROMIUM has Chromium's path. Prints {operations, tags, problems}:
// what the page lists, and what the browser complained of or asked of others.
import { chromium } from 'playwright-core';

const [address, picture] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  headless: true,
  timeout: 120_000,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await browser.newPage();
const problems = [];
page.on('console', message => message.type() === 'error' && problems.push(message.text()));
page.on('pageerror', failure => problems.push(failure.message));
page.on('request', request => new URL(request.url()).protocol !== 'data:' && new URL(request.url()).host !== new URL(address).host && problems.push(request.url()));
await page.goto(address);
await page.locator('.opblock').first().waitFor({ timeout: 60_000 });
if (picture) await page.screenshot({ path: picture });
const operations = await page.locator('.opblock').count();
await page.locator('.opblock', { hasText: 'Whether what the client needs can be reached' }).click();
await page.getByRole('button', { name: 'Try it out' }).click();
await page.getByRole('button', { name: 'Execute' }).click();
await page.locator('.live-responses-table').getByText('healthy').first().waitFor({ timeout: 60_000 });
const tags = await page.locator('.opblock-tag').count();
console.log(JSON.stringify({ operations, tags, problems }));
await browser.close();
