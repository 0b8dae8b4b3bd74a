import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { complete } from './completion.ts'
import { type Key, KeyReader } from './keys.ts'
import { LineEditor } from './line-editor.ts'
import { plainLines, plainText } from './plain-text.ts'
import { Screen } from './screen.ts'
import { paint, span } from './style.ts'
import { pad, truncate, widthOf, wrap } from './text-width.ts'

describe('text of others cannot command the terminal', () => {
  test.each([
    ['an escape sequence', '\u001b[2J\u001b]0;title\u0007', '␛[2J␛]0;title␇'],
    ['a C1 control', 'a\u009b31mb', 'a\ufffd31mb'],
    ['DEL and NUL', '\u0000\u007f', '␀␡'],
    ['line breaks, in one line', 'a\r\nb\nc\u2028d', 'a b c d'],
    ['a tab', 'a\tb', 'a    b'],
    ['controls of direction', 'user\u202egnp.exe\u2066x\u200f', 'usergnp.exex'],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['letters of all kinds stay', 'ünïcödé 漢字 👩‍👩‍👧 עברית', 'ünïcödé 漢字 👩‍👩‍👧 עברית'],
  ])('%s', (_title, text, shown) => {
    expect(plainText(text)).toBe(shown)
  })

  test('property: no control character is left, in no line', () => {
    const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
    fc.assert(
      fc.property(fc.uint16Array(), (units) => {
        const text = String.fromCharCode(...units)
        return [plainText(text), ...plainLines(text)].every((line) => line.isWellFormed() && !control.test(line))
      }),
    )
  })

  test('lines are kept where lines are wanted', () => {
    expect(plainLines('a\r\nb\n\nc')).toEqual(['a', 'b', '', 'c'])
  })
})

describe('columns', () => {
  test.each([
    ['abc', 3],
    ['漢字', 4],
    ['👩‍👩‍👧', 2],
    ['e\u0301', 1],
    ['', 0],
  ])('%s takes %i', (text, columns) => {
    expect(widthOf(text)).toBe(columns)
  })

  test('cutting and filling', () => {
    expect(truncate('abcdef', 4)).toBe('abc…')
    expect(truncate('漢字漢字', 4)).toBe('漢…')
    expect(truncate('abc', 3)).toBe('abc')
    expect(truncate('abc', 0)).toBe('')
    expect(pad('ab', 4)).toBe('ab  ')
    expect(pad('漢字', 3)).toBe('漢…')
  })

  test('wrapping at spaces, and inside words that are too long', () => {
    expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox'])
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
    expect(wrap('漢字漢字', 5)).toEqual(['漢字', '漢字'])
    expect(wrap('', 10)).toEqual([''])
  })

  test('property: no line is wider than asked for, and nothing but spaces is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 8, max: 40 }), (text, columns) => {
        const shown = plainText(text)
        const lines = wrap(shown, columns)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
        expect(lines.join('').replaceAll(' ', '')).toBe(shown.replaceAll(' ', ''))
        expect(widthOf(pad(shown, columns))).toBe(columns)
      }),
    )
  })
})

describe('keys', () => {
  const names = (keys: readonly Key[]) => keys.map((key) => (key.type === 'key' ? key.name : key.text))

  test.each([
    ['\r', ['enter']],
    ['\u001b[A\u001b[B\u001bOC\u001bOD', ['up', 'down', 'right', 'left']],
    ['\u001b[5~\u001b[6~\u001b[3~', ['page-up', 'page-down', 'delete']],
    ['\u0001\u0005\u0017\u000c\u0003', ['ctrl-a', 'ctrl-e', 'ctrl-w', 'ctrl-l', 'ctrl-c']],
    ['\t\u007f\b', ['tab', 'backspace', 'backspace']],
    ['\u001b\r\u001b[1;3A', ['alt-enter', 'alt-up']],
    ['hello ünï\r', ['hello ünï', 'enter']],
    ['\u001b[99;99Xa', ['a']],
    ['\u001b[[Aa\u001b[<0;1;1Mb\u001b[?1;2cc\u001b[3 qd', ['a', 'b', 'c', 'd']],
    ['\u001b\u001b[A\u001b😀', ['escape', 'up', 'alt-😀']],
    ['\u001b[200~two\r\nlines\u0003\u001b[201~x', ['two\nlines\u0003', 'x']],
  ])('%j', (input, expected) => {
    expect(names(new KeyReader().read(input))).toEqual(expected)
    const reader = new KeyReader()
    expect(names([...input].flatMap((piece) => reader.read(piece))).join('')).toBe(expected.join(''))
  })

  test('of a paste that is too long, what is left over is not typed: each line would be sent', () => {
    const reader = new KeyReader()
    expect(reader.read(`\u001b[200~${'x'.repeat(99_000)}`)).toEqual([])
    const [cut, ...others] = reader.read(`${'x'.repeat(2_000)}\u001b[20`)
    expect([cut?.type, others]).toEqual(['paste', []])
    expect(reader.read('a\r\n/quit\r')).toEqual([])
    expect(reader.flush()).toEqual([])
    expect(reader.read('\u001b[20')).toEqual([])
    expect(reader.flush()).toEqual([])
    expect(names(reader.read('1~b\u001b[A'))).toEqual(['paste-cut', 'b', 'up'])
  })

  test('an escape alone is the key, once nothing follows', () => {
    const reader = new KeyReader()
    expect(reader.read('\u001b')).toEqual([])
    expect(reader.flush()).toEqual([{ type: 'key', name: 'escape' }])
    expect(reader.flush()).toEqual([])
  })

  test('property: any input is taken, and what is left over is bounded', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('\u001b', '[', '2', '0', '~', ';', 'A', 'a', '\r') })),
        (pieces) => {
          const reader = new KeyReader()
          for (const piece of pieces) reader.read(piece)
          reader.flush()
          expect(reader.read('\u001b[201~z').at(-1)).toMatchObject({ text: expect.stringMatching(/z$|\[/) })
        },
      ),
    )
  })
})

describe('the line editor', () => {
  const edit = (...inputs: string[]) => {
    const editor = new LineEditor()
    for (const input of inputs) if (!editor.key(input)) editor.insert(input)
    return editor
  }

  test('moving, erasing, inserting', () => {
    expect(edit('hello world', 'ctrl-w', 'there').text).toBe('hello there')
    expect(edit('abc', 'left', 'left', 'X').text).toBe('aXbc')
    expect(edit('abc', 'home', 'X', 'end', 'Y').text).toBe('XabcY')
    expect(edit('abc', 'left', 'delete').text).toBe('ab')
    expect(edit('one two', 'word-left', 'ctrl-k').text).toBe('one ')
    expect(edit('one two', 'ctrl-a', 'word-right', 'ctrl-u').text).toBe(' two')
    expect(edit('a', 'alt-enter', 'b').text).toBe('a\nb')
  })

  test('what people see as one character is erased at once', () => {
    expect(edit('a👩‍👩‍👧', 'backspace').text).toBe('a')
    expect(edit('e', '\u0301', 'backspace').text).toBe('')
  })

  test('earlier lines come back, and the line that was being written', () => {
    const editor = edit('first')
    expect(editor.submit()).toBe('first')
    editor.insert('second')
    editor.submit()
    editor.insert('draft')
    const texts = ['up', 'up', 'up', 'down', 'down', 'down'].map((key) => {
      editor.key(key)
      return editor.text
    })
    expect(texts).toEqual(['second', 'first', 'first', 'second', 'draft', 'draft'])
  })
})

describe('completion', () => {
  const sources = {
    commands: ['/add', '/approve', '/away'],
    arguments: (command: string, index: number) =>
      command === '/add' && index === 0 ? ['Juliet@example.org', 'julia@example.org'] : [],
  }

  test.each([
    ['/ad', '/add ', []],
    ['/a', '/a', ['/add', '/approve', '/away']],
    ['/ap', '/approve ', []],
    ['/add ju', '/add Juli', ['Juliet@example.org', 'julia@example.org']],
    ['/add julie', '/add Juliet@example.org ', []],
  ])('%s becomes %s', (before, text, choices) => {
    expect(complete(before, sources)).toEqual({ text, choices })
  })

  test.each(['hello', '/x', '/add nobody', '/add a b'])('nothing fits: %s', (before) => {
    expect(complete(before, sources)).toBeUndefined()
  })
})

describe('the screen', () => {
  const draw = () => {
    const written: string[] = []
    const screen = new Screen({ columns: 20, rows: 5, write: (text: string) => written.push(text) })
    return { screen, written }
  }

  test('nothing is erased behind a line: xterm would take the last character of a full one', () => {
    const { screen, written } = draw()
    screen.enter()
    screen.draw({ lines: ['x'.repeat(20)], cursor: { row: 0, column: 0 } })
    expect(written.at(-1)).toContain(`\u001b[1;1H\u001b[K${'x'.repeat(20)}\u001b[0m\u001b[2;1H`)
  })

  test('only lines that changed are written, as one synchronized update', () => {
    const { screen, written } = draw()
    screen.enter()
    screen.draw({ lines: ['a', 'b', 'c', 'd', 'e'], cursor: { row: 4, column: 1 } })
    screen.draw({ lines: ['a', 'B', 'c', 'd', 'e'], cursor: { row: 4, column: 2 } })
    expect(written.at(-1)).toBe(
      '\u001b[?2026h\u001b[?25l\u001b[2;1H\u001b[KB\u001b[0m\u001b[5;3H\u001b[?25h\u001b[?2026l',
    )
    screen.invalidate()
    screen.draw({ lines: ['a', 'B', 'c', 'd', 'e'], cursor: { row: 4, column: 2 } })
    expect(written.at(-1)).toContain('\u001b[1;1H\u001b[Ka')
  })

  test('what is wider than a narrow window wraps into no other line, nor moves the screen up', () => {
    const { screen, written } = draw()
    screen.enter()
    expect(written.at(-1)).toContain('\u001b[?7l')
    screen.leave()
    expect(written.at(-1)).toContain('\u001b[?7h')
  })

  test('the terminal is given back as it was, once', () => {
    const { screen, written } = draw()
    screen.enter()
    expect(written).toEqual(['\u001b[?1049h\u001b[?2004h\u001b[?7l\u001b[2J'])
    screen.leave()
    screen.leave()
    screen.draw({ lines: [], cursor: { row: 0, column: 0 } })
    screen.bell()
    expect(written).toEqual([
      '\u001b[?1049h\u001b[?2004h\u001b[?7l\u001b[2J',
      '\u001b[?7h\u001b[?2004l\u001b[?1049l\u001b[?25h',
    ])
  })

  test('NO_COLOR leaves bold, dim and inverse', () => {
    const line = [span('a', 'bold', 'red'), span('b', 'green'), span('c')]
    expect(paint(line, { colours: true })).toBe('\u001b[1;31ma\u001b[0m\u001b[32mb\u001b[0mc')
    expect(paint(line, { colours: false })).toBe('\u001b[1ma\u001b[0mbc')
  })
})
