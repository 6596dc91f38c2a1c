// What a month costs in Azure: docs/cost.md has the formula in words and this program's table. Prints the table.
//   node scripts/cost.mjs                              for 100,000, 1 million and 10 million registrations a year
//   node scripts/cost.mjs 250000 alwaysReady=2 logKb=25   for your number, with your own figures over those below

// How much of what a registration takes. "measured": docs/performance.md. "assumed": look it up in your own deployment.
const quantities = {
  returned: 0.9, // assumed: registrations that get a number back, which is an event of its own
  storageCalls: 9.1, // measured: an event from webhook to MOSIP through its mediator, 27 November 2026
  blobWrites: 1, // measured: the payload
  blobReads: 1, // the payload, when it is delivered
  queueCalls: 3, // put, get, delete
  payloadKb: 60, // assumed: OpenCRVS's events have 20 to 100 KB
  payloadDays: 30, // delivery.payloadRetention
  rowKb: 3, // assumed: the ledger's rows of an event, kept for ever
  years: 5, // assumed: how long the ledger has been filling
  executions: 2, // intake and delivery
  intakeSeconds: 1, // the least that is billed, though a webhook takes hundredths
  deliverySeconds: 2, // assumed: what MOSIP takes to answer
  memoryGb: 2, // scale.instanceMemoryMB
  alwaysReady: 1, // scale.alwaysReadyHttp
  timers: 9_500, // a month: the sweep every five minutes, subscriptions each hour
  timerSeconds: 2, // assumed
  pollingHours: 180, // assumed: hours a month in which a queue's instance is up
  queues: 3, // that have events
  pollsPerHour: 1_800, // host.json: maxPollingInterval of two seconds
  logKb: 15, // assumed: traces and log lines of an event
  metricsGb: 0.7, // assumed: some 40 series each minute of one process
  alertRules: 31, // infra/modules/alerts.bicep, most each five minutes
  secretReads: 300_000, // 25 secrets, each five minutes, of one process; more while more run
};

// US dollars, list prices of East US as known in 2025, without tax or agreements. CHECK THEM: azure.microsoft.com/pricing.
const prices = {
  executionGbSecond: 0.000026, // Flex Consumption, on demand
  executionGbSecondFree: 100_000,
  readyGbSecond: 0.000004, // always ready: the baseline
  readyExecutionGbSecond: 0.000016, // always ready: while it works
  executionsMillion: 0.4,
  executionsFree: 250_000,
  blobWrites10k: 0.0625, // zone-redundant, hot
  blobReads10k: 0.005,
  queueCalls10k: 0.004,
  tableCalls10k: 0.00036,
  blobGb: 0.023,
  tableGb: 0.0563,
  logGb: 2.3,
  logGbFree: 5,
  alertRule: 1.5, // a query each five minutes
  vault10k: 0.03,
  natGateway: 32.85, // network.fixedOutboundAddress
  publicAddress: 3.65,
  gateway: 10, // a small virtual machine for WireGuard
};

function cost(registrations, q, p) {
  const month = registrations / 12;
  const events = month * (1 + q.returned);
  const tables = q.storageCalls - q.blobWrites - q.blobReads - q.queueCalls;
  const polls = q.pollingHours * q.queues * q.pollsPerHour;
  const onDemand = (events * q.deliverySeconds + q.timers * q.timerSeconds) * q.memoryGb;
  const intake = events * q.intakeSeconds * q.memoryGb;
  const ready = q.alwaysReady > 0;
  const storage =
    (events * q.blobWrites * p.blobWrites10k +
      events * q.blobReads * p.blobReads10k +
      (events * q.queueCalls + polls) * p.queueCalls10k +
      events * tables * p.tableCalls10k) /
      10_000 +
    ((events * q.payloadKb * q.payloadDays) / 30 / 1e6) * p.blobGb +
    ((registrations * (1 + q.returned) * q.years * q.rowKb) / 1e6) * p.tableGb;
  const execution =
    Math.max(0, onDemand + (ready ? 0 : intake) - p.executionGbSecondFree) * p.executionGbSecond +
    (ready ? intake * p.readyExecutionGbSecond : 0) +
    (Math.max(0, events * q.executions + q.timers - p.executionsFree) / 1e6) * p.executionsMillion;
  return {
    'registrations a month': month,
    'events a month': events,
    'storage calls a month': events * q.storageCalls + polls,
    'storage': storage,
    'executions': execution,
    'always-ready instances': q.alwaysReady * q.memoryGb * 730 * 3600 * p.readyGbSecond,
    'logs and metrics': Math.max(0, (events * q.logKb) / 1e6 + q.metricsGb - p.logGbFree) * p.logGb,
    'alert rules': q.alertRules * p.alertRule,
    'Key Vault': (q.secretReads / 10_000) * p.vault10k,
    'NAT gateway, address, WireGuard gateway': p.natGateway + p.publicAddress + p.gateway,
  };
}

const own = Object.fromEntries(
  process.argv.slice(2).filter(one => one.includes('=')).map(one => [one.split('=')[0], Number(one.split('=')[1])]),
);
for (const [name, value] of Object.entries(own)) {
  if (!(name in quantities || name in prices) || Number.isNaN(value)) {
    console.error(`${name} is no figure of scripts/cost.mjs.`);
    process.exit(2);
  }
}

const given = process.argv.slice(2).filter(one => !one.includes('=')).map(Number);
const sizes = given.length > 0 ? given : [100_000, 1_000_000, 10_000_000];
const all = sizes.map(size => cost(size, { ...quantities, ...own }, { ...prices, ...own }));
const number = value => Math.round(value).toLocaleString('en-US');
console.log(`| registrations a year | ${sizes.map(number).join(' | ')} |`);
console.log(`|---|${sizes.map(() => '---').join('|')}|`);
for (const name of Object.keys(all[0])) {
  const isMoney = !name.endsWith('a month');
  console.log(`| ${name} | ${all.map(one => (isMoney ? `$${one[name].toFixed(2)}` : number(one[name]))).join(' | ')} |`);
}
const total = one => Object.entries(one).reduce((sum, [name, value]) => (name.endsWith('a month') ? sum : sum + value), 0);
console.log(`| **a month** | ${all.map(one => `**$${number(total(one))}**`).join(' | ')} |`);
console.log(`| a registration | ${all.map((one, i) => `$${((total(one) * 12) / sizes[i]).toFixed(5)}`).join(' | ')} |`);
