/** Whether it is an IPv4 address in dotted decimal, or an IPv6 address (RFC 4291, without zone). */
export function isIpAddress(text: string): boolean {
  return IPV4.test(text) || isIpv6(text);
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const GROUP = /^[0-9A-Fa-f]{1,4}$/;

function isIpv6(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const [left = '', right] = halves;
  const before = groupsIn(left, right === undefined);
  const after = right === undefined ? 0 : groupsIn(right, true);
  if (before === undefined || after === undefined) return false;
  return right === undefined ? before === 8 : before + after <= 7;
}

/** 16-bit groups in a part without "::"; an IPv4 tail counts as two. */
function groupsIn(part: string, mayEndInIpv4: boolean): number | undefined {
  if (part === '') return 0;
  const groups = part.split(':');
  const last = groups.at(-1)!;
  const tail = mayEndInIpv4 && IPV4.test(last) ? 2 : GROUP.test(last) ? 1 : undefined;
  if (tail === undefined || !groups.slice(0, -1).every((group) => GROUP.test(group))) return undefined;
  return groups.length - 1 + tail;
}
