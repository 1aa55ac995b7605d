import type { AlertClosed, FraudSuspected, StoredFact } from '../../domain/facts.ts';

interface Held {
  suspected: FraudSuspected;
  atMs: number;
  isHeldBack: boolean;
  /** When its rules were last set to keep quiet: a number that rises. */
  quietSince: number;
}

interface Alert {
  alertId: string;
  openedAt: number;
  state: 'open' | 'claimed' | 'closed';
  held: Held[];
}

/**
 * What alerts hold, read off the facts one by one in the plainest way: everything is looked through again for each.
 * Of suspicions whose rule set gathers them.
 */
export function naiveAlerts(facts: readonly StoredFact[]) {
  const alerts: Alert[] = [];
  let clock = 0;
  const holding = (id: string) =>
    alerts.find(({ held }) => held.some(({ suspected }) => suspected.alertId === id));

  function suspect(suspected: FraudSuspected, position: number): void {
    const one: Held = {
      suspected,
      atMs: Date.parse(suspected.occurredAt),
      isHeldBack: false,
      quietSince: ++clock,
    };
    const others = alerts.filter(({ held }) => held[0]!.suspected.accountId === suspected.accountId);
    const group = others.find((alert) => mayGroup(alert, one));
    const quiet = group === undefined ? quietBehind(others, one) : undefined;
    if (group !== undefined) group.held.push(one);
    else if (quiet !== undefined) quiet.held.push({ ...one, isHeldBack: true });
    else alerts.push({ alertId: suspected.alertId, openedAt: position, state: 'open', held: [one] });
  }

  function split(from: Alert, taken: Held[], position: number): Alert {
    from.held = from.held.filter((each) => !taken.includes(each));
    const held = taken.map((each) => ({ ...each, isHeldBack: false, quietSince: ++clock }));
    const alert: Alert = { alertId: held[0]!.suspected.alertId, openedAt: position, state: 'open', held };
    alerts.push(alert);
    return alert;
  }

  for (const fact of facts) {
    if (!fact.stream.startsWith('alert-')) continue;
    const data = JSON.parse(fact.data);
    if (fact.type === 'FraudSuspected') {
      suspect(data, fact.position);
      continue;
    }
    const id = fact.stream.slice('alert-'.length);
    let alert = holding(id)!;
    if (alert.alertId !== id) {
      const one = alert.held.filter(({ suspected }) => suspected.alertId === id);
      alert = split(alert, one, fact.position);
    }
    if (fact.type === 'AlertClaimed') alert.state = 'claimed';
    if (fact.type === 'AlertReleased') alert.state = 'open';
    if (fact.type !== 'AlertClosed') continue;
    alert.state = 'closed';
    const seen = (data as AlertClosed).suspicions;
    const unseen = alert.held.filter(({ suspected, isHeldBack }, i) => {
      return i > 0 && !isHeldBack && !(seen ?? []).includes(suspected.revision);
    });
    if (unseen.length > 0) split(alert, unseen, fact.position);
  }
  return alerts.map(told).toSorted((a, b) => a.openedAt - b.openedAt);
}

function mayGroup({ state, held }: Alert, { suspected, atMs }: Held): boolean {
  const { groupMs, families } = suspected.grouping!;
  if (groupMs === null || state === 'closed') return false;
  const isNear = held.some((each) => Math.abs(each.atMs - atMs) < groupMs);
  const times = held.map((each) => each.atMs);
  const isBetween = Math.min(...times) <= atMs && atMs <= Math.max(...times);
  const known = held.flatMap((each) => each.suspected.grouping!.families);
  return (isNear || isBetween) && known.some((family) => families.includes(family));
}

function quietBehind(alerts: Alert[], { suspected, atMs }: Held): Alert | undefined {
  const behind: { atMs: number; alert: Alert }[] = [];
  for (const [rule, coolDownMs] of Object.entries(suspected.grouping!.coolDownsMs)) {
    const before = alerts
      .flatMap((alert) => alert.held.map((each) => ({ ...each, alert })))
      .filter((each) => !each.isHeldBack && (each.suspected.grouping!.coolDownsMs[rule] ?? null) !== null)
      .toSorted((a, b) => b.atMs - a.atMs || b.quietSince - a.quietSince);
    if (coolDownMs === null || before.length === 0) return undefined;
    if (Math.abs(before[0]!.atMs - atMs) >= coolDownMs) return undefined;
    behind.push(before[0]!);
  }
  const last = behind.reduce((newest, each) => (each.atMs > newest.atMs ? each : newest)).alert;
  const isWorse =
    suspected.decision === 'decline' && !last.held.some((each) => each.suspected.decision === 'decline');
  return isWorse ? undefined : last;
}

function told({ alertId, openedAt, state, held }: Alert) {
  const suspected = held.map((each) => each.suspected);
  const times = held.map(({ atMs }) => atMs);
  return {
    alertId,
    openedAt,
    state,
    count: held.length,
    holds: held.map((each) => [each.suspected.alertId, each.isHeldBack]),
    score: Math.max(...suspected.map(({ score }) => score!)),
    decision: suspected.some(({ decision }) => decision === 'decline') ? 'decline' : 'review',
    reasons: [...new Set(suspected.flatMap(({ reasons }) => reasons))].toSorted(),
    oldestMs: Math.min(...times),
    newestMs: Math.max(...times),
  };
}
