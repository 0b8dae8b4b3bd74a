import { tmpdir } from 'node:os'
import { describe, expect, test } from 'vitest'
import { commands } from './index.ts'
import { run } from './terminal.fixture.ts'

describe('parlour <command> --help', () => {
  test.each(commands.map((command) => [command.name, command] as const))(
    '%s: usage, each option, examples',
    async (name, command) => {
      const { output, code } = await run(tmpdir(), `${name} --help`)
      expect(code).toBe(0)
      expect(output).toContain(`Usage: ${`parlour ${name} ${command.usage}`.trim()}`)
      for (const option of Object.keys(command.options)) {
        expect(output).toContain(`--${option}`)
        expect(command.optionHelp[option]).toMatch(/\w/)
      }
      expect(command.examples.some((example) => example.startsWith(`parlour ${name}`))).toBe(true)
      for (const example of command.examples) expect(output).toContain(example)
    },
  )
})
