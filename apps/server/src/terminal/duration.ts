const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** `3 days`, `2 hours`: the largest unit of which there is one. */
export function duration(seconds: number): string {
  const [name, size] = UNITS.find(([, size]) => seconds >= size) ?? UNITS[3]
  return plural(Math.floor(seconds / size), name)
}

/** `1 link`, `2 links`. */
export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** `512 B`, `4 KiB`, `1.2 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const [unit, size] = bytes < 1_048_576 ? ['KiB', 1024] : ['MiB', 1_048_576]
  return `${(bytes / Number(size)).toFixed(1).replace('.0', '')} ${unit}`
}
