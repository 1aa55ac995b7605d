import type { MathNode } from 'mathjs/number';
import { isLearntField } from '../amendment.ts';
import { LOCAL_FUNCTIONS, type LocalFunction, localFieldName } from '../local-time/local-field.ts';
import { zoneProblem } from '../local-time/resolve-zone.ts';
import type { FieldType } from '../transaction.ts';
import { parseExpression } from './expression-parse.ts';
import { type ExpressionProblem, maskStrings, scanExpression } from './expression-scan.ts';
import { described, FUNCTIONS, OPERATORS, typedCall, typeInWords } from './expression-types.ts';
import type { Expression, FunctionName, SourcedExpression } from './rule-set.ts';
import { didYouMean } from './suggestion.ts';

/** What an expression may read. A name of type null is known, but its own definition is at fault. */
export type Symbols = ReadonlyMap<string, FieldType | null>;

export const MAX_NODES = 128;

/**
 * Checks an expression and gives it its types.
 * @param wanted the type it must yield
 */
export function checkExpression(
  source: string,
  symbols: Symbols,
  wanted: FieldType,
): { expression: SourcedExpression } | { problems: ExpressionProblem[] } {
  const scanned = scanExpression(source);
  if (scanned.length > 0) return { problems: scanned };
  const parsed = parseExpression(source);
  if ('problem' in parsed) return { problems: [parsed.problem] };
  const { tree, problems } = checkTree(parsed.node, source, symbols);
  if (tree !== undefined && tree.type !== wanted) {
    const problem = `must be ${typeInWords(wanted)}, but ${described(tree).replace('one side', 'it')}`;
    const suggestion = wanted === 'boolean' ? 'make it a condition, as in x > 0 or x == "a"' : null;
    return { problems: [{ offset: 0, problem, suggestion }] };
  }
  return tree === undefined ? { problems } : { expression: { source: source.trim(), tree } };
}

/** The checked tree of what mathjs parsed; undefined with at least one problem if anything is not allowed. */
export function checkTree(
  node: MathNode,
  source: string,
  symbols: Symbols,
): { tree: Expression | undefined; problems: ExpressionProblem[] } {
  const walk: Walk = { masked: maskStrings(source), symbols, problems: new Map(), faulty: false, nodes: 0 };
  const tree = check(node as unknown as ParsedNode, walk);
  return { tree: walk.faulty ? undefined : tree, problems: [...walk.problems.values()] };
}

/** What is read of mathjs's nodes. */
type ParsedNode =
  | { type: 'ConstantNode'; value: unknown }
  | { type: 'SymbolNode'; name: string }
  | { type: 'ParenthesisNode'; content: ParsedNode }
  | {
      type: 'OperatorNode';
      op: string;
      fn: string;
      args: ParsedNode[];
      implicit: boolean;
      isPercentage: boolean;
    }
  | { type: 'ConditionalNode'; condition: ParsedNode; trueExpr: ParsedNode; falseExpr: ParsedNode }
  | { type: 'RelationalNode'; conditionals: string[]; params: ParsedNode[] }
  | { type: 'FunctionNode'; fn: ParsedNode; args: ParsedNode[]; optional: boolean };

interface Walk {
  masked: string;
  symbols: Symbols;
  /** By place and text, so that what is walked twice is told once. */
  problems: Map<string, ExpressionProblem>;
  /** Also true where the fault is told elsewhere: at a feature's own definition. */
  faulty: boolean;
  nodes: number;
}

function check(node: ParsedNode, walk: Walk): Expression | undefined {
  walk.nodes++;
  if (walk.nodes > MAX_NODES) {
    return refuse(walk, null, `has more than ${MAX_NODES} parts`, 'split it into several rules');
  }
  switch (node.type) {
    case 'ConstantNode':
      return checkConstant(node.value, walk);
    case 'SymbolNode':
      return checkSymbol(node.name, walk);
    case 'ParenthesisNode':
      return check(node.content, walk);
    case 'OperatorNode':
      return checkOperator(node, walk);
    case 'ConditionalNode':
      return call('if', '? :', [node.condition, node.trueExpr, node.falseExpr], walk);
    case 'RelationalNode':
      return checkChain(node.conditionals, node.params, walk);
    case 'FunctionNode':
      return checkFunction(node, walk);
    default:
      return refuse(
        walk,
        null,
        REFUSED_NODES.get((node as MathNode).type) ?? 'has a part that is not allowed',
      );
  }
}

const REFUSED_NODES: ReadonlyMap<string, string> = new Map([
  ['AccessorNode', 'reads a property or an index: values have neither'],
  ['IndexNode', 'reads an index: values have none'],
  ['ArrayNode', 'makes a list: there are none'],
  ['ObjectNode', 'makes an object: there are none'],
  ['RangeNode', 'makes a range (":" without "?"): there are none'],
  ['AssignmentNode', 'assigns to a name: nothing can be assigned'],
  ['FunctionAssignmentNode', 'defines a function: none can be defined'],
  ['BlockNode', 'has several statements: an expression is one value'],
]);

function checkConstant(value: unknown, walk: Walk): Expression | undefined {
  if (typeof value === 'string') return { kind: 'string', value, type: 'string' };
  if (typeof value === 'boolean') return { kind: 'boolean', value, type: 'boolean' };
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'number', value, type: 'number' };
  return refuse(walk, null, 'has a number that is not finite');
}

const LEARNT_LATER = 'what is learnt later is read by the where of a feature';

function checkSymbol(name: string, walk: Walk): Expression | undefined {
  const type = walk.symbols.get(name);
  if (type === undefined && FUNCTIONS.has(name)) {
    return refuse(walk, name, `uses the function "${name}" without calling it`, `write ${name}(…)`);
  }
  if (type === undefined) {
    const suggestion = isLearntField(name)
      ? LEARNT_LATER
      : didYouMean(name, [...walk.symbols.keys(), 'true', 'false']);
    return refuse(walk, name, `does not know "${name}"`, suggestion ?? UNKNOWN_NAME);
  }
  if (type === null) {
    walk.faulty = true;
    return undefined;
  }
  return { kind: 'symbol', name, type };
}

const UNKNOWN_NAME = 'known are the fields of a transaction, the attributes under fields: and the features';

function checkOperator(node: ParsedNode & { type: 'OperatorNode' }, walk: Walk): Expression | undefined {
  if (node.implicit)
    return refuse(walk, null, 'multiplies without "*"', 'put an operator between the two values');
  if (node.isPercentage)
    return refuse(walk, '%', 'has a percentage', 'write 0.1 for 10 %; for the remainder, mod(a, b)');
  if (node.fn === 'unaryPlus') return check(node.args[0]!, walk);
  const name = OPERATORS.get(node.fn);
  if (name === undefined) return refuse(walk, node.op, `has "${node.op}", which is no operator here`);
  return call(name, node.op, node.args, walk);
}

/** a < b <= c means a < b and b <= c. */
function checkChain(conditionals: string[], params: ParsedNode[], walk: Walk): Expression | undefined {
  const links = conditionals.map((fn, i) =>
    call(OPERATORS.get(fn)!, WRITTEN[fn] ?? fn, params.slice(i, i + 2), walk),
  );
  return links.reduce((all, link) =>
    all === undefined || link === undefined
      ? undefined
      : { kind: 'call', name: 'and', args: [all, link], type: 'boolean' },
  );
}

const WRITTEN: Record<string, string> = {
  equal: '==',
  unequal: '!=',
  smaller: '<',
  smallerEq: '<=',
  larger: '>',
  largerEq: '>=',
};

function checkFunction(node: ParsedNode & { type: 'FunctionNode' }, walk: Walk): Expression | undefined {
  if (node.fn.type !== 'SymbolNode' || node.optional) {
    return refuse(walk, null, 'calls something that is not the name of a function');
  }
  const { name } = node.fn;
  const signature = FUNCTIONS.get(name);
  if (signature === undefined) {
    if (walk.symbols.has(name)) {
      return refuse(walk, name, `calls "${name}", which is a value, no function`, 'to multiply, write "*"');
    }
    const known = [...FUNCTIONS.keys()];
    const suggestion = didYouMean(name, known) ?? `there are ${known.join(', ')}`;
    return refuse(walk, name, `does not know the function "${name}"`, suggestion);
  }
  const { least, most } = signature;
  if (node.args.length < least || node.args.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    return refuse(walk, name, `gives ${name} ${node.args.length} arguments; it takes ${wanted}`);
  }
  if (isLocalFunction(name)) return checkLocalFunction(name, node.args[0]!, walk);
  return call(name as FunctionName, name, node.args, walk);
}

/** To look for what was meant takes a while; who gets so many wrong does not know the names at all. */
const MOST_SUGGESTED = 4;

const isLocalFunction = (name: string): name is LocalFunction =>
  (LOCAL_FUNCTIONS as readonly string[]).includes(name);

/** What local clocks show of a transaction is read like one of its fields: by a name, which tells the zone. */
function checkLocalFunction(name: LocalFunction, zone: ParsedNode, walk: Walk): Expression | undefined {
  if (zone.type !== 'ConstantNode' || typeof zone.value !== 'string') {
    return refuse(walk, name, `${name} takes the name of a time zone`, `write ${name}("Europe/Berlin")`);
  }
  const fault = zoneProblem(zone.value, walk.problems.size < MOST_SUGGESTED);
  if (fault !== null) return refuse(walk, name, fault.problem, fault.suggestion);
  return { kind: 'symbol', name: localFieldName({ function: name, zone: zone.value }), type: 'number' };
}

function call(name: FunctionName, written: string, nodes: ParsedNode[], walk: Walk): Expression | undefined {
  const args = nodes.map((node) => check(node, walk)).filter((arg) => arg !== undefined);
  if (args.length < nodes.length) return undefined;
  const typed = typedCall(name, written, args);
  if ('kind' in typed) return typed;
  const { culprit, problem, suggestion } = typed;
  return refuse(walk, culprit.kind === 'symbol' ? culprit.name : written, problem, suggestion);
}

function refuse(
  walk: Walk,
  word: string | null,
  problem: string,
  suggestion: string | null = null,
): undefined {
  walk.faulty = true;
  const offset = word === null ? 0 : offsetOf(word, walk.masked);
  walk.problems.set(`${offset} ${problem}`, { offset, problem, suggestion });
}

/** mathjs's nodes do not say where they stand; the first place where the word does is near enough to find it. */
function offsetOf(word: string, masked: string): number {
  const escaped = word.replace(/[^\w]/g, '\\$&');
  const pattern = /^\w/.test(word) ? new RegExp(`\\b${escaped}\\b`) : new RegExp(escaped);
  return Math.max(0, masked.search(pattern));
}
