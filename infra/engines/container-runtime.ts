/** Testcontainers, if it is installed and finds a container runtime. */
export async function containerRuntime() {
  try {
    const containers = await import('testcontainers');
    await containers.getContainerRuntimeClient();
    return containers;
  } catch {
    // No Docker, or (installed without development dependencies) no testcontainers: the other way is taken.
    return undefined;
  }
}
