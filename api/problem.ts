/** Every kind of problem the API answers with: its status and title. Described in docs/api.md. */
const PROBLEMS = {
  'malformed-json': [400, 'The body is not JSON that can be read exactly'],
  'invalid-request': [400, 'The request is not as it must be'],
  'invalid-transaction': [400, 'The transaction was refused'],
  'invalid-rule-set': [400, 'The rule set was refused'],
  unauthenticated: [401, 'A valid API key is needed'],
  forbidden: [403, 'The API key lacks a scope'],
  'not-found': [404, 'There is no such thing'],
  'method-not-allowed': [405, 'This resource has no such method'],
  'request-timeout': [408, 'The request took too long to arrive'],
  'transaction-conflict': [409, 'Another transaction stands under this id'],
  'ambiguous-transaction': [409, 'Several accounts have a transaction of this id'],
  'alert-conflict': [409, 'The state of the alert does not allow this'],
  'alert-gathered': [409, 'Another alert gathered this suspicion'],
  'label-conflict': [409, 'The same source said otherwise of that time'],
  'rule-set-conflict': [409, 'What was done with the rule sets does not allow this'],
  'fact-conflict': [409, 'The state of the fact does not allow this'],
  'list-conflict': [409, 'The list does not allow this'],
  'alert-changed': [412, 'The alert was changed by someone else'],
  'too-large': [413, 'The request is too large'],
  'uri-too-long': [414, 'The path is too long'],
  'unsupported-media-type': [415, 'The body is of a type that is not read here'],
  'explanation-too-large': [422, 'More events stand behind the decision than the server can hold'],
  'headers-too-large': [431, 'The headers are too large'],
  'internal-error': [500, 'Something went wrong in Shrike'],
  overloaded: [503, 'More was submitted than can be stored right now'],
  'view-behind': [503, 'The view has not reached that position yet'],
  'too-many-backtests': [503, 'No more backtests can wait'],
  'too-many-listeners': [503, 'The live feed has no room for another listener'],
  'store-failed': [503, 'The store did not answer as it must'],
  'unreadable-fact': [503, 'A newer version of Shrike stored what this needs'],
  unavailable: [503, 'The server is not ready'],
} as const;

export type ProblemType = keyof typeof PROBLEMS;

export const PROBLEM_TYPES = Object.keys(PROBLEMS) as ProblemType[];
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Where problem types are named; the names are stable, whatever stands there. */
const TYPE_BASE = 'https://shrike.dev/problems/';

/** An answer by RFC 9457 that a route throws. */
export class Problem extends Error {
  readonly type: ProblemType;
  /** Members beside type, title, status and detail. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    type: ProblemType,
    detail: string,
    extensions: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.type = type;
    this.extensions = extensions;
    this.headers = headers;
  }

  get status(): number {
    return PROBLEMS[this.type][0];
  }

  get title(): string {
    return PROBLEMS[this.type][1];
  }

  /** The problem as it is sent. */
  body(): Record<string, unknown> {
    const { type, title, status, message: detail, extensions } = this;
    return { type: TYPE_BASE + type, title, status, detail, ...extensions };
  }
}

/** Whole seconds, at least one: what Retry-After takes. */
export function retryAfter(ms: number): Record<string, string> {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) };
}
