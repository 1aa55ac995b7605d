import { postgresLeadership } from './postgres-leadership.ts';

/** Leads what it is told to until it is killed, and says when it does. */
const [url, name] = process.argv.slice(2) as [string, string];
const lease = await postgresLeadership(url, { name }).acquire(new AbortController().signal);
console.log(`leads ${Date.now()}`);
lease.lost.addEventListener('abort', () => console.log(`lost ${Date.now()}`));
