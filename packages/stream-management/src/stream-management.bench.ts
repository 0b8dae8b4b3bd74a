import { parseXml } from '@parlour/xml'
import { test } from 'vitest'
import {
  acknowledgement,
  acknowledgementText,
  readStreamManagement,
  StreamManagementReceiver,
  StreamManagementSender,
} from './index.ts'

const STANZAS = 1000
const text = "<message to='juliet@example.com'><body>Wherefore art thou</body></message>"
const policy = (everyStanzas: number) => ({ request: { everyStanzas, everyBytes: 1e9 } })

/** Sends 1000 stanzas that are acknowledged every so many; the session lives on from run to run, as in a server. */
function session(every: number): () => void {
  const sender = new StreamManagementSender<string>(policy(every))
  const receiver = new StreamManagementReceiver()
  return () => {
    for (let count = 0; count < STANZAS; count++) {
      const verdict = sender.sent(text, text.length)
      receiver.handled()
      if (verdict === 'request') sender.acknowledge(receiver.answer())
    }
    sender.acknowledge(receiver.answer())
  }
}

/** Sends 1000 stanzas behind so many others; each time the oldest of all is acknowledged. */
function behindBacklog(backlog: number): () => void {
  const sender = new StreamManagementSender<string>({
    ...policy(1e9),
    maxUnacknowledgedStanzas: 1e6,
    maxUnacknowledgedBytes: 1e12,
  })
  for (let count = 0; count < backlog; count++) sender.sent(text, text.length)
  return () => {
    for (let count = 0; count < STANZAS; count++) {
      sender.sent(text, text.length)
      sender.acknowledge((sender.acknowledged + 1) >>> 0)
    }
  }
}

test('1000 stanzas sent, handled and acknowledged', async ({ bench }) => {
  const eachAcknowledged = session(1)
  const everyTen = session(10)
  const everyHundred = session(100)
  await bench.compare(
    bench('acknowledged one by one', () => {
      eachAcknowledged()
    }),
    bench('every 10 (the default)', () => {
      everyTen()
    }),
    bench('every 100', () => {
      everyHundred()
    }),
  )
})

test('1000 stanzas behind a backlog: its length does not matter', async ({ bench }) => {
  const short = behindBacklog(10)
  const long = behindBacklog(60_000)
  await bench.compare(
    bench('10', () => {
      short()
    }),
    bench('60 000', () => {
      long()
    }),
  )
})

test('the elements', async ({ bench }) => {
  const element = parseXml(acknowledgement(123_456).toString())
  await bench.compare(
    bench('read <a/>', () => {
      readStreamManagement(element)
    }),
    bench('write <a/> as text', () => {
      acknowledgementText(123_456)
    }),
  )
})
