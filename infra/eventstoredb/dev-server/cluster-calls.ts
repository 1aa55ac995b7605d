import { randomUUID } from 'node:crypto';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import type { DevNode } from './node.ts';
import type { Endpoint } from './rpc-errors.ts';

const STREAMS = 'event_store.client.streams.streams';

/** Method, service, and the features of it, in lower case as the real server spells them. */
const METHODS: readonly [string, string, string[]][] = [
  ['append', STREAMS, []],
  ['batchappend', STREAMS, ['deadline_duration']],
  ['read', STREAMS, ['position', 'events']],
  ['read', 'event_store.client.gossip.gossip', []],
  ['getsupportedmethods', 'event_store.client.server_features.serverfeatures', []],
];

/** ServerFeatures/GetSupportedMethods. */
export const featuresCall: handleUnaryCall<shared.Empty, features.SupportedMethods> = (_, answer) => {
  const methods = METHODS.map(([method, service, names]) =>
    new features.SupportedMethod().setMethodName(method).setServiceName(service).setFeaturesList(names),
  );
  answer(null, new features.SupportedMethods().setMethodsList(methods).setEventStoreServerVersion('24.10.0'));
};

/** Gossip/Read: this node, and the leader if it follows one. */
export function gossipCall(node: DevNode): handleUnaryCall<shared.Empty, gossip.ClusterInfo> {
  const instanceId = randomUUID();
  const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
  return (_, answer) => {
    const self = member(instanceId, node.endpoint(), node.leader === null ? LEADER : FOLLOWER);
    const members = node.leader === null ? [self] : [self, member(randomUUID(), node.leader, LEADER)];
    answer(null, new gossip.ClusterInfo().setMembersList(members));
  };
}

function member(
  id: string,
  { host, port }: Endpoint,
  state: gossip.MemberInfo.VNodeState,
): gossip.MemberInfo {
  return new gossip.MemberInfo()
    .setInstanceId(new shared.UUID().setString(id))
    .setTimeStamp(String(Date.now() * 10_000))
    .setState(state)
    .setIsAlive(true)
    .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
}
