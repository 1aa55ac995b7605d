import { setTimeout as delay } from 'node:timers/promises';
import type { FetchedMessage, GroupMember, KafkaClient } from '../kafka-client.ts';

/** A member of a group that notes everything it is told, and reads each partition from where it is told to. */
export class RecordingMember {
  assigned: number[] = [];
  joins = 0;
  readonly troubles: Error[] = [];
  readonly #received = new Map<number, FetchedMessage[]>();
  #member: GroupMember | null = null;

  /** @param startAt where to read a partition from that was just assigned */
  async join(
    client: KafkaClient,
    topic: string,
    groupId: string,
    startAt: (partition: number) => number | null | undefined = () => null,
  ): Promise<this> {
    this.#member = await client.join(topic, groupId, {
      onAssigned: (partitions) => {
        this.assigned = [...partitions];
        this.joins++;
        for (const partition of partitions) {
          const offset = startAt(partition);
          if (offset !== undefined) this.member.readFrom(partition, offset);
        }
      },
      onMessages: (partition, messages) => this.of(partition).push(...messages),
      onTrouble: (error) => this.troubles.push(error),
    });
    await eventually(() => this.joins > 0, 'the member to be in the group');
    return this;
  }

  get member(): GroupMember {
    return this.#member!;
  }

  /** What came of a partition, in the order it came. */
  of(partition: number): FetchedMessage[] {
    const messages = this.#received.get(partition) ?? [];
    this.#received.set(partition, messages);
    return messages;
  }

  values(partition: number): (string | undefined)[] {
    return this.of(partition).map(({ value }) => value?.toString());
  }

  get total(): number {
    return [...this.#received.values()].reduce((sum, { length }) => sum + length, 0);
  }

  async close(): Promise<void> {
    await this.#member?.close();
  }
}

export async function eventually(met: () => boolean, what: string, limitMs = 25_000): Promise<void> {
  for (const begun = Date.now(); !met(); await delay(10)) {
    if (Date.now() - begun > limitMs) throw new Error(`waited ${limitMs} ms in vain for ${what}`);
  }
}
