/** Select Graphic Rendition of ECMA-48 §8.3.117: attributes and the eight colours every terminal has. */
const CODES = {
  bold: '1',
  dim: '2',
  inverse: '7',
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  cyan: '36',
} as const

/** A way to set text. */
export type Style = keyof typeof CODES

/** A run of text in one style. The text holds no control characters. */
export interface Span {
  readonly text: string
  readonly styles: readonly Style[]
}

/** A run of text. */
export function span(text: string, ...styles: Style[]): Span {
  return { text, styles }
}

/** Whether colours are wanted (https://no-color.org). */
export interface Palette {
  readonly colours: boolean
}

const ATTRIBUTES: ReadonlySet<Style> = new Set<Style>(['bold', 'dim', 'inverse'])

/** The bytes that show a line. */
export function paint(spans: readonly Span[], { colours }: Palette): string {
  return spans
    .map(({ text, styles }) => paintSpan(text, colours ? styles : styles.filter((s) => ATTRIBUTES.has(s))))
    .join('')
}

function paintSpan(text: string, styles: readonly Style[]): string {
  if (styles.length === 0 || text === '') return text
  return `\u001b[${styles.map((style) => CODES[style]).join(';')}m${text}\u001b[0m`
}
