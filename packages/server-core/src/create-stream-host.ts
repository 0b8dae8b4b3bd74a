import type { Host } from './host.ts'
import type { KernelOptions } from './kernel-options.ts'
import { readSecret } from './secret.ts'
import type { Devices } from './sign-in/devices.ts'
import { type BindingKernel, createSignIns, type SignInKernel } from './sign-in/join.ts'
import type { SignInThrottle } from './sign-in-throttle.ts'
import { HostStreams, type HostStreamsOptions } from './stream-host.ts'

/** What of the kernel a host's streams need. */
export interface StreamHostKernel extends SignInKernel, BindingKernel {
  readonly bind: BindingKernel['bind'] & HostStreamsOptions['bind']
  readonly streamManagement: BindingKernel['streamManagement'] & HostStreamsOptions['streamManagement']
  signInFailed: HostStreamsOptions['failed']
}

/** A host as the driver of streams sees it, with its secrets and all ways to sign in. */
export async function createStreamHost(
  kernel: StreamHostKernel,
  host: Host,
  { storage, environment, authentication }: KernelOptions,
  devices: Devices,
  throttle: SignInThrottle,
): Promise<HostStreams> {
  const randomBytes = (length: number) => environment.randomBytes(length)
  const secret = await readSecret(storage, host.domain, randomBytes)
  return new HostStreams(host, kernel.accounts, {
    ...{ ...authentication, secret, randomBytes, throttle },
    failed: (failure) => kernel.signInFailed(failure),
    bind: kernel.bind,
    streamManagement: kernel.streamManagement,
    signIns: await createSignIns(kernel, host, devices, storage, authentication),
  })
}
