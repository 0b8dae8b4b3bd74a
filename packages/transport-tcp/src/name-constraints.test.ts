import type { IssueOptions, NameConstraints } from '@parlour/testing/certificates'
import { describe, expect, test } from 'vitest'
import { authority, faultOf, verdictOnAccepting } from './federation.fixture.ts'

/** Whether an authority with these constraints may sign for these names: by our rules, and by those of OpenSSL. */
async function allowed(constraints: NameConstraints, names: IssueOptions) {
  const made = await (await authority.intermediate({ nameConstraints: constraints })).issue(names)
  return {
    ours: faultOf(made.chain, authority.pem) === undefined,
    theirs: (await verdictOnAccepting(made)) === undefined,
  }
}

describe('name constraints (RFC 5280 §4.2.1.10) as OpenSSL has them', () => {
  test.each<[NameConstraints, IssueOptions, boolean]>([
    [{ permitted: ['example'] }, { domains: ['a.example', 'b.c.example'] }, true],
    [{ permitted: ['a.example'] }, { domains: ['a.example'] }, true],
    [{ permitted: ['a.example'] }, { domains: ['A.EXAMPLE'] }, true],
    [{ permitted: ['a.example'] }, { domains: ['aa.example'] }, false],
    [{ permitted: ['a.example'] }, { domains: ['a.example', 'b.example'] }, false],
    [{ permitted: ['a.example', 'b.example'] }, { domains: ['a.example', 'x.b.example'] }, true],
    [{ permitted: ['a.example'] }, { domains: ['*.a.example'] }, true],
    [{ permitted: ['a.example'] }, { addresses: ['192.0.2.1'], commonName: 'none' }, true],
    [{ permitted: ['example'], excluded: ['a.example'] }, { domains: ['b.example'] }, true],
    [{ permitted: ['example'], excluded: ['a.example'] }, { domains: ['x.a.example'] }, false],
    [{ permittedAddresses: ['192.0.2.0/255.255.255.0'] }, { addresses: ['192.0.2.9'] }, true],
    [{ permittedAddresses: ['192.0.2.0/255.255.255.0'] }, { addresses: ['192.0.3.9'] }, false],
    [{ excludedAddresses: ['0.0.0.0/0.0.0.0'] }, { addresses: ['192.0.2.9'] }, false],
    [{ excludedAddresses: ['0.0.0.0/0.0.0.0'] }, { domains: ['a.example'] }, true],
    [{ permittedSubjects: ['a.example'] }, { domains: ['a.example'] }, true],
    [{ permittedSubjects: ['b.example'] }, { domains: ['a.example'] }, false],
    [{ excludedSrvName: '_xmpp-server.a.example' }, { srvNames: ['_xmpp-server.a.example'] }, false],
    [{ excludedSrvName: '_xmpp-server.a.example' }, { domains: ['a.example'] }, true],
  ])('%j for %j: %s', async (constraints, names, expected) => {
    expect(await allowed(constraints, names)).toEqual({ ours: expected, theirs: expected })
  })

  test('stricter than OpenSSL: a wildcard that covers an excluded name, and any excluded directory name', async () => {
    const wildcard = await allowed({ excluded: ['x.a.example'] }, { domains: ['*.a.example'] })
    const subject = await allowed({ excludedSubjects: ['b.example'] }, { domains: ['a.example'] })
    expect([wildcard.ours, subject.ours]).toEqual([false, false])
  })
})
