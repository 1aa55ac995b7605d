package peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple5;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** `brokers input output name stateFolder checkpointMs parallelism`. Ends when killed; goes on from its newest checkpoint. */
public final class FlinkPeer {
  private FlinkPeer() {}

  public static void main(String[] args) throws Exception {
    Path checkpoints = Files.createDirectories(Path.of(args[4]));
    int parallelism = Integer.parseInt(args[6]);
    var env = StreamExecutionEnvironment.createLocalEnvironment(parallelism, settings(checkpoints, args[5]));
    env.fromSource(source(args), WatermarkStrategy.noWatermarks(), "payments", PaymentSchema.TYPE)
        .uid("payments")
        .keyBy(payment -> payment.f1, Types.STRING)
        .process(new Scoring())
        .returns(PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO)
        .uid("scoring")
        .sinkTo(sink(args))
        .uid("scores");
    env.execute(args[3]);
  }

  private static Configuration settings(Path checkpoints, String everyMs) throws IOException {
    var settings = new Configuration();
    settings.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    settings.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(Long.parseLong(everyMs)));
    settings.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    settings.set(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION, ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    settings.set(PipelineOptions.OBJECT_REUSE, true);
    settings.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(10));
    settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(32));
    newest(checkpoints).ifPresent(path -> settings.set(StateRecoveryOptions.SAVEPOINT_PATH, path.toUri().toString()));
    return settings;
  }

  /** The newest checkpoint that was completed by whoever ran here before. */
  private static Optional<Path> newest(Path checkpoints) throws IOException {
    try (var files = Files.walk(checkpoints, 3)) {
      return files.filter(file -> file.endsWith("_metadata"))
          .max(Comparator.comparingLong(file -> file.toFile().lastModified()))
          .map(Path::getParent);
    }
  }

  private static KafkaSource<Tuple5<String, String, String, Long, Long>> source(String[] args) {
    return KafkaSource.<Tuple5<String, String, String, Long, Long>>builder()
        .setBootstrapServers(args[0])
        .setTopics(args[1])
        .setGroupId(args[3])
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setProperty("max.poll.records", "4000")
        .setDeserializer(new PaymentSchema())
        .build();
  }

  private static KafkaSink<byte[]> sink(String[] args) {
    return KafkaSink.<byte[]>builder()
        .setBootstrapServers(args[0])
        .setRecordSerializer(KafkaRecordSerializationSchema.<byte[]>builder()
            .setTopic(args[2])
            .setValueSerializationSchema(new Bytes())
            .build())
        .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
        .setTransactionalIdPrefix(args[3])
        .setProperty("transaction.timeout.ms", "60000")
        .setProperty("batch.size", String.valueOf(256 << 10))
        .setProperty("linger.ms", "20")
        .build();
  }

  private static final class Bytes implements SerializationSchema<byte[]> {
    @Override
    public byte[] serialize(byte[] value) {
      return value;
    }
  }

  /** Transaction, account, merchant, time, amount. */
  private static final class PaymentSchema implements KafkaRecordDeserializationSchema<Tuple5<String, String, String, Long, Long>> {
    static final TypeInformation<Tuple5<String, String, String, Long, Long>> TYPE =
        Types.TUPLE(Types.STRING, Types.STRING, Types.STRING, Types.LONG, Types.LONG);

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Tuple5<String, String, String, Long, Long>> out)
        throws IOException {
      Payment payment = PaymentReader.read(record.value());
      if (payment == null) return;
      out.collect(Tuple5.of(payment.transactionId(), payment.account(), payment.merchant(), payment.timeMs(), payment.amountMinor()));
    }

    @Override
    public TypeInformation<Tuple5<String, String, String, Long, Long>> getProducedType() {
      return TYPE;
    }
  }

  private static final class Scoring extends KeyedProcessFunction<String, Tuple5<String, String, String, Long, Long>, byte[]> {
    private transient ValueState<Account> accounts;

    @Override
    public void open(OpenContext context) {
      accounts = getRuntimeContext().getState(new ValueStateDescriptor<>("account", new AccountSerializer()));
    }

    @Override
    public void processElement(Tuple5<String, String, String, Long, Long> payment, Context context, Collector<byte[]> out)
        throws IOException {
      Account account = accounts.value();
      if (account == null) account = new Account();
      account.add(payment.f3, payment.f4, payment.f2);
      accounts.update(account);
      out.collect(Rules.output(payment.f0, Rules.score(payment.f4, account.windows)));
    }
  }
}
