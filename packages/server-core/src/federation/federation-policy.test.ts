import { describe, expect, it } from 'vitest'
import { FederationPolicy } from './federation-policy.ts'

describe('the policy for a domain', () => {
  it('is verified where nothing else is said', () => {
    const policy = new FederationPolicy()
    expect(policy.security('b.example')).toBe('verified')
    expect(policy.refusal('b.example')).toBeUndefined()
  })

  it('is that of the most exact pattern', () => {
    const domains = { '*.example': 'dialback', 'b.example': 'verified', '*.c.example': 'encrypted' } as const
    const policy = new FederationPolicy({ security: 'encrypted', domains })
    expect(
      ['b.example', 'x.example', 'x.c.example', 'c.example', 'example'].map((name) => policy.security(name)),
    ).toEqual(['verified', 'dialback', 'encrypted', 'dialback', 'encrypted'])
  })

  it('with an allow list, others are refused; what is denied is refused in any case', () => {
    const policy = new FederationPolicy({ allow: ['*.example'], deny: ['bad.example'] })
    expect(policy.refusal('b.example')).toBeUndefined()
    expect(policy.refusal('bad.example')).toContain('bad.example')
    expect(policy.refusal('b.test')).toContain('b.test')
  })

  it('an empty allow list allows nobody', () => {
    expect(new FederationPolicy({ allow: [] }).refusal('b.example')).toBeDefined()
  })
})
