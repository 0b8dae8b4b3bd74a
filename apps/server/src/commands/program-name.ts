/** How this program is called where it was started: from a clone by a script of pnpm, or by its own name. */
export function programName(environment: Readonly<Record<string, string | undefined>>): {
  server: string
  client: string
} {
  const isScript = environment.npm_lifecycle_event !== undefined && environment.npm_package_name === 'parlour'
  return isScript
    ? { server: 'npx -y pnpm@12 parlour', client: 'npx -y pnpm@12 client' }
    : { server: 'parlour', client: 'parlour-client' }
}
