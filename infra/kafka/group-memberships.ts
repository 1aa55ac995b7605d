import { Admin } from '@platformatic/kafka';
import type { KafkaSettings } from './kafka-settings.ts';
import { platformaticOptions } from './platformatic-options.ts';
import { within } from './within.ts';

/** Who is in a consumer group, as its coordinator has it. */
export interface Membership {
  memberId: string;
  clientId: string;
}

const ANSWER_WITHIN_MS = 5_000;

/** The memberships of one group, also those of others. For either client, through @platformatic/kafka. */
export class GroupMemberships {
  readonly #settings: KafkaSettings;
  readonly #groupId: string;
  #admin: Admin | null = null;

  constructor(settings: KafkaSettings, groupId: string) {
    this.#settings = settings;
    this.#groupId = groupId;
  }

  /** Empty where there is no such group. */
  list(): Promise<Membership[]> {
    return this.#with(async (admin) => {
      const groups = await admin.describeGroups({ groups: [this.#groupId] });
      const members = groups.get(this.#groupId)?.members.values() ?? [];
      return [...members].map(({ id, clientId }) => ({ memberId: id, clientId }));
    });
  }

  /** Has members leave, as if they had said so themselves: the others share their partitions at once. */
  remove(memberIds: readonly string[], reason: string): Promise<void> {
    const members = memberIds.map((memberId) => ({ memberId, reason }));
    return this.#with((admin) => admin.removeMembersFromConsumerGroup({ groupId: this.#groupId, members }));
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = null;
    await admin?.close();
  }

  /** After any failure a new connection, for a broker that does not answer once may never answer there. */
  async #with<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.#admin ?? new Admin(platformaticOptions(this.#settings));
    this.#admin = admin;
    try {
      return await within(ANSWER_WITHIN_MS, work(admin), 'asking Kafka for the members of a group');
    } catch (error) {
      if (this.#admin === admin) this.#admin = null;
      // Nothing was lost with it: what it was asked is asked again.
      admin.close().catch(() => undefined);
      throw error;
    }
  }
}
