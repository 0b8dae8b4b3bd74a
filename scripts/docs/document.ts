import type { Workspace } from '../checks/workspace.ts'

/** A document, or a region of one, that is made from the sources. */
export interface GeneratedDocument {
  /** From the root of the repository. */
  readonly path: string
  /** With a region, only what stands between `<!-- generated: region -->` and `<!-- end -->` is replaced. */
  readonly region?: string
  text(workspace: Workspace, root: string): string | Promise<string>
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((c) => c.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The whole text of a document after its generated part was replaced; undefined when the region is not in it. */
export function withGenerated(current: string, region: string | undefined, generated: string): string | undefined {
  if (!region) return `${generated.trimEnd()}\n`
  const pattern = new RegExp(`(<!-- generated: ${region} -->\\n)[\\s\\S]*?(<!-- end -->)`)
  return pattern.test(current)
    ? current.replace(pattern, (_, begin, end) => `${begin}${generated.trim()}\n${end}`)
    : undefined
}
