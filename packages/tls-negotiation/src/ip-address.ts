/** Whether a domainpart is an IP address: four numbers, or IPv6 with or without brackets. */
export function isIpAddress(domain: string): boolean {
  return domain.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(domain)
}

/** An address in one comparable form: IPv6 as eight groups without leading zeros, in lower case, without brackets. */
export function expandAddress(address: string): string {
  const text = address.replace(/^\[|\]$/g, '').toLowerCase()
  if (!text.includes(':')) return text
  const [head = '', tail] = text.split('::')
  const left = groups(head)
  const right = groups(tail ?? '')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array.from({ length: missing }, () => '0'), ...right].join(':')
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':').map((group) => group.replace(/^0+(?=.)/, ''))
}
