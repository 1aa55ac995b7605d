import { createHash } from 'node:crypto';
import type { Verdict } from '../../domain/decision.ts';
import type { RuleSetVersion } from '../../domain/facts.ts';
import { BrokenOrder, type ScoringPlan } from '../../domain/risk-fold.ts';
import type { RuleSet } from '../../domain/rules/rule-set.ts';
import { EntityPlan } from '../../domain/scoring/entity-plan.ts';
import { ListPlan } from '../../domain/scoring/list-plan.ts';

interface ChainState {
  revision: number;
  /** Hash over everything folded in so far, in order. */
  chain: string;
  /** Times of the newest events only, unless full. */
  times: number[];
  full: boolean;
  readonly eventsHeld: number;
}

const EVENTS_KEPT = 8;
const VERDICTS: Verdict[] = ['approve', 'approve', 'review', 'decline'];

/**
 * A plan whose state is a hash chain: a fact that is lost, doubled or out of order changes every later decision of
 * its account. The feature `chain` shows it, `held` counts those of the newest 8 events, or of all, since a time
 * the amount names: it may reach back further than the state does.
 */
export function chainPlan(definition: RuleSet, ruleSet: RuleSetVersion): ScoringPlan {
  const columns = String(definition.description);
  const open = (full: boolean): ChainState => ({
    revision: -1,
    chain: '',
    times: [],
    full,
    get eventsHeld() {
      return this.times.length;
    },
  });
  const step = (state: ChainState, revision: number, content: string) => {
    if (revision !== state.revision + 1) throw new BrokenOrder('of a chain', state.revision + 1, revision);
    state.revision = revision;
    state.chain = sha256(state.chain + columns + content);
  };
  const reach = (amountMinor: number) => amountMinor % 16;
  const absorb = (state: ChainState, { transaction }: Submitted, revision: number) => {
    step(state, revision, transaction.transactionId);
    state.times.push(revision);
    if (!state.full && state.times.length > EVENTS_KEPT) state.times.shift();
  };
  const plan: { [name in keyof ScoringPlan]: unknown } = {
    ruleSet,
    definition,
    hash: sha256(columns),
    ...stampedWith(definition),
    open: () => open(false),
    openFull: () => open(true),
    apply(state: ChainState, submitted: Submitted, revision: number, position: number) {
      const { transaction, origin } = submitted;
      absorb(state, submitted, revision);
      const verdict = Number.parseInt(state.chain.slice(0, 2), 16) % VERDICTS.length;
      return {
        accountId: transaction.accountId,
        transactionId: transaction.transactionId,
        revision,
        position,
        occurredAtMs: 0,
        score: verdict * 25,
        decision: VERDICTS[verdict],
        reasons: [],
        hits: [],
        features: [state.chain, state.times.slice(-1 - reach(transaction.amountMinor)).length],
        undefinedRules: [],
        ruleSet,
        lateByMs: 0,
        origin,
      };
    },
    absorb,
    amend: (state: ChainState, _accountId: string, revision: number) => step(state, revision, 'skipped'),
    skip: (state: ChainState, _accountId: string, revision: number) => step(state, revision, 'skipped'),
    reachesBack: (state: ChainState, { transaction }: Submitted) =>
      !state.full && state.revision >= EVENTS_KEPT - 1 && reach(transaction.amountMinor) >= EVENTS_KEPT,
    encode: (state: ChainState) => new TextEncoder().encode(JSON.stringify([columns, state])),
    decode(bytes: Uint8Array) {
      try {
        const [writtenFor, state] = JSON.parse(new TextDecoder().decode(bytes)) as [string, ChainState];
        return writtenFor === columns
          ? Object.assign(open(state.full), {
              revision: state.revision,
              chain: state.chain,
              times: state.times,
            })
          : undefined;
      } catch {
        return undefined;
      }
    },
  };
  return plan as ScoringPlan;
}

const stampedWith = (definition: RuleSet) => ({
  entities: new EntityPlan(definition, 0),
  lists: new ListPlan(definition),
  isStamped: false,
});

interface Submitted {
  transaction: { accountId: string; transactionId: string; amountMinor: number };
  origin: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
