import type { MirrorCheckpoints } from '../../domain/ports.ts';

export class MemoryMirrorCheckpoints implements MirrorCheckpoints {
  position = 0;

  async read(): Promise<number> {
    return this.position;
  }

  async raise(position: number): Promise<void> {
    this.position = Math.max(this.position, position);
  }
}
