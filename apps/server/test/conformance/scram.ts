/** The client's half of SCRAM-SHA-1 by RFC 5802, with nothing of the library under test. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { PASSWORD } from './stage.ts'

const base64 = (bytes: string | Buffer) => Buffer.from(bytes).toString('base64')
const hmac = (key: Buffer, text: string) => createHmac('sha1', key).update(text).digest()

/** The first message, in base64. `header`: the GS2 header, such as `n,,`. */
export const scramFirst = (user: string, header = 'n,,') => base64(`${header}n=${user},r=fyko+d2lbbFgONRv9qkxdawL`)

/** The last message for the server's first one, in base64, and the `v=` that the server must answer with. */
export function scramFinal(
  user: string,
  challenge: string,
  { header = 'n,,', binding = Buffer.alloc(0), password = PASSWORD } = {},
) {
  const serverFirst = Buffer.from(challenge, 'base64').toString()
  const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(serverFirst) ?? []
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), 20, 'sha1')
  const clientKey = hmac(salted, 'Client Key')
  const withoutProof = `c=${base64(Buffer.concat([Buffer.from(header), binding]))},r=${nonce}`
  const message = `n=${user},r=fyko+d2lbbFgONRv9qkxdawL,${serverFirst},${withoutProof}`
  const signature = hmac(createHash('sha1').update(clientKey).digest(), message)
  const proof = clientKey.map((byte, i) => byte ^ (signature[i] as number))
  return {
    answer: base64(`${withoutProof},p=${base64(Buffer.from(proof))}`),
    success: base64(`v=${base64(hmac(hmac(salted, 'Server Key'), message))}`),
  }
}
