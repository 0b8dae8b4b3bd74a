import { describe, expect, test } from 'vitest'
import { escapeSaslName, unescapeSaslName } from './attributes.ts'
import { parseGs2Header, writeGs2Header } from './gs2-header.ts'
import {
  parseClientFinal,
  parseClientFirst,
  parseServerFinal,
  parseServerFirst,
  writeClientFinalWithoutProof,
  writeClientFirstBare,
  writeServerFirst,
} from './messages.ts'

describe('client-first-message (RFC 5802 §7)', () => {
  test('header, user name, nonce', () => {
    expect(parseClientFirst('p=tls-exporter,a=a=2Cb,n=us=3Der,r=abc,x=1,y=2=3')).toEqual({
      header: { flag: { type: 'tls-exporter' }, authorizationId: 'a,b', raw: 'p=tls-exporter,a=a=2Cb,' },
      username: 'us=er',
      nonce: 'abc',
      extensions: [
        ['x', '1'],
        ['y', '2=3'],
      ],
      bare: 'n=us=3Der,r=abc,x=1,y=2=3',
    })
  })

  test.each([
    ['', 'other-error'],
    ['n=user,r=abc', 'other-error'],
    ['n,n=user,r=abc', 'other-error'],
    ['x,,n=user,r=abc', 'other-error'],
    ['N,,n=user,r=abc', 'other-error'],
    ['p=,,n=user,r=abc', 'other-error'],
    ['p=a_b,,n=user,r=abc', 'other-error'],
    ['p,,n=user,r=abc', 'other-error'],
    ['n,a=,n=user,r=abc', 'other-error'],
    ['n,b=x,n=user,r=abc', 'other-error'],
    ['n,a=x=2,n=user,r=abc', 'other-error'],
    ['n,,', 'other-error'],
    ['n,,n=user', 'other-error'],
    ['n,,r=abc,n=user', 'other-error'],
    ['n,,n=,r=abc', 'other-error'],
    ['n,,n=user,r=', 'other-error'],
    ['n,,n=user,r=a c', 'other-error'],
    ['n,,n=user,r=é', 'other-error'],
    ['n,,n=user,r=abc,', 'other-error'],
    ['n,,n=user,r=abc,x', 'other-error'],
    ['n,,n=user,r=abc,x=', 'other-error'],
    ['n,,n=user,r=abc,1=2', 'other-error'],
    ['n,,n=user,r=abc,r=abd', 'other-error'],
    ['n,,n=user,r=abc,p=x', 'other-error'],
    ['n,,n=us\0er,r=abc', 'other-error'],
    ['n,,n=us=er,r=abc', 'invalid-username-encoding'],
    ['n,,n=us=2cer,r=abc', 'invalid-username-encoding'],
    ['n,,n=user=,r=abc', 'invalid-username-encoding'],
    ['n,,m=must,n=user,r=abc', 'extensions-not-supported'],
    ['n,,n=user,r=abc,m=must', 'extensions-not-supported'],
  ])('%j is refused: %s', (text, fault) => {
    expect(parseClientFirst(text)).toBe(fault)
  })

  test('the writer and the parser agree', () => {
    const bare = writeClientFirstBare('a=b,c', 'nonce', [['x', 'y']])
    expect(parseClientFirst(`${writeGs2Header('y', 'd,e')}${bare}`)).toMatchObject({
      header: { flag: 'y', authorizationId: 'd,e' },
      username: 'a=b,c',
      bare,
    })
  })
})

describe('server-first-message (RFC 5802 §7)', () => {
  test('nonce, salt, iteration count, extensions', () => {
    const text = writeServerFirst('abc', Uint8Array.of(1, 2, 3), 4096, [['h', 'x']])
    expect(text).toBe('r=abc,s=AQID,i=4096,h=x')
    expect(parseServerFirst(text)).toEqual({
      nonce: 'abc',
      salt: Uint8Array.of(1, 2, 3),
      iterations: 4096,
      extensions: [['h', 'x']],
    })
  })

  test.each([
    ['', 'other-error'],
    ['r=abc,s=AQID', 'other-error'],
    ['s=AQID,r=abc,i=4096', 'other-error'],
    ['r=abc,s=AQID,i=0', 'other-error'],
    ['r=abc,s=AQID,i=04096', 'other-error'],
    ['r=abc,s=AQID,i=-1', 'other-error'],
    ['r=abc,s=AQID,i=4e3', 'other-error'],
    ['r=abc,s=AQID,i=99999999999', 'other-error'],
    ['r=abc,s=,i=4096', 'other-error'],
    ['r=abc,s=AQI,i=4096', 'invalid-encoding'],
    ['m=x,r=abc,s=AQID,i=4096', 'extensions-not-supported'],
    ['r=abc,s=AQID,i=4096,i=1', 'other-error'],
  ])('%j is refused: %s', (text, fault) => {
    expect(parseServerFirst(text)).toBe(fault)
  })
})

describe('client-final-message (RFC 5802 §7)', () => {
  test('the proof is last, after the extensions', () => {
    const withoutProof = writeClientFinalWithoutProof(Uint8Array.of(110, 44, 44), 'abc', [['x', 'y']])
    expect(parseClientFinal(`${withoutProof},p=AQID`)).toEqual({
      channelBinding: Uint8Array.of(110, 44, 44),
      nonce: 'abc',
      extensions: [['x', 'y']],
      proof: Uint8Array.of(1, 2, 3),
      withoutProof: 'c=biws,r=abc,x=y',
    })
  })

  test.each([
    ['', 'other-error'],
    ['c=biws,r=abc', 'other-error'],
    [',p=AQID', 'other-error'],
    ['c=biws,p=AQID', 'other-error'],
    ['r=abc,c=biws,p=AQID', 'other-error'],
    ['c=biws,r=a c,p=AQID', 'other-error'],
    ['c=biws,r=abc,p=AQI', 'invalid-encoding'],
    ['c=biws,r=abc,p=AQID,x=y', 'invalid-encoding'],
    ['c=biw,r=abc,p=AQID', 'invalid-encoding'],
    ['c=biws,r=abc,p=AQID,p=AQID', 'other-error'],
    ['c=biws,r=abc,m=x,p=AQID', 'extensions-not-supported'],
  ])('%j is refused: %s', (text, fault) => {
    expect(parseClientFinal(text)).toBe(fault)
  })
})

describe('server-final-message (RFC 5802 §7)', () => {
  test('a verifier or an error, and extensions', () => {
    expect(parseServerFinal('v=AQID,x=y')).toEqual({ signature: Uint8Array.of(1, 2, 3) })
    expect(parseServerFinal('e=invalid-proof')).toEqual({ error: 'invalid-proof' })
  })

  test.each([
    ['', 'other-error'],
    ['x=y,v=AQID', 'other-error'],
    ['v=AQI', 'invalid-encoding'],
    ['v=AQID,m=x', 'extensions-not-supported'],
  ])('%j is refused: %s', (text, fault) => {
    expect(parseServerFinal(text)).toBe(fault)
  })
})

test("RFC 5802 §5.1: ',' and '=' are sent as =2C and =3D", () => {
  expect(escapeSaslName('a,b=c=2C')).toBe('a=2Cb=3Dc=3D2C')
  expect(unescapeSaslName('a=2Cb=3Dc=3D2C')).toBe('a,b=c=2C')
})

test('gs2-header: each flag', () => {
  for (const flag of ['n', 'y', { type: 'tls-exporter' }] as const) {
    expect(parseGs2Header(`${writeGs2Header(flag)}n=x`)).toMatchObject({ flag })
  }
})
