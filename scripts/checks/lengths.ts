/** Files and functions stay small enough to read in one go. */
import type { Node } from 'oxc-parser'
import { childrenOf } from './free-names.ts'
import { type Kind, lineAt, type Problem, type SourceFile, type Workspace } from './workspace.ts'

const MAX_FILE_LINES = 300
const MAX_FUNCTION_LINES = 40
/** Kinds of file that may be longer: generated tables and dialogues are read by looking up, not from top to bottom. */
const EXEMPT = new Set<Kind>(['test', 'conformance', 'generated'])
/** Files that may be longer, each with the reason. */
const LONGER_FILES: Readonly<Record<string, string>> = {}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/

function linesOf(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

function longFunctions(file: SourceFile): Problem[] {
  const found: Problem[] = []
  const visit = (node: Node): void => {
    const lines = FUNCTION.test(node.type) ? linesOf(file.text.slice(node.start, node.end)) : 0
    if (lines > MAX_FUNCTION_LINES) {
      const at = { file: file.path, line: lineAt(file.text, node.start), rule: 'function-length' }
      const fix = `${MAX_FUNCTION_LINES} at most: name its steps as functions, or turn its branches into a table`
      found.push({ ...at, problem: `a function of ${lines} lines`, fix })
    }
    for (const child of childrenOf(node)) visit(child)
  }
  visit(file.program)
  return found
}

function longFile(file: SourceFile): Problem[] {
  const lines = linesOf(file.text)
  if (lines <= MAX_FILE_LINES || file.path in LONGER_FILES) return []
  const fix = `${MAX_FILE_LINES} at most: split it by what its parts are about`
  return [{ file: file.path, rule: 'file-length', problem: `${lines} lines`, fix }]
}

export function checkLengths({ packages }: Workspace): Problem[] {
  const files = packages.flatMap((p) => p.files).filter((file) => !EXEMPT.has(file.kind))
  return files.flatMap((file) => [...longFile(file), ...longFunctions(file)])
}
