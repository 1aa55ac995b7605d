package peers;

import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.apache.kafka.streams.state.Stores;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.CompressionType;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;

/** `brokers input output name stateFolder commitMs`. Ends when killed. */
public final class KafkaStreamsPeer {
  private KafkaStreamsPeer() {}

  public static void main(String[] args) {
    var streams = new KafkaStreams(topology(args[1], args[2]), settings(args));
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }

  private static Topology topology(String input, String output) {
    var topology = new Topology()
        .addSource("payments", new ByteArrayDeserializer(), new ByteArrayDeserializer(), input)
        .addProcessor("scoring", Scoring::new, "payments")
        .addSink("scores", output, new ByteArraySerializer(), new ByteArraySerializer(), "scoring");
    for (String name : new String[] {Scoring.AGGREGATES, Scoring.EVENTS, Scoring.MERCHANTS}) {
      var store = Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.ByteArray(), Serdes.ByteArray());
      // Within a commit interval, what is written again and again is in the cache alone.
      topology.addStateStore(store.withCachingEnabled(), "scoring");
    }
    return topology;
  }

  private static Properties settings(String[] args) {
    var settings = new Properties();
    settings.putAll(Map.of(
        StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0],
        StreamsConfig.APPLICATION_ID_CONFIG, args[3],
        StreamsConfig.STATE_DIR_CONFIG, args[4],
        StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2,
        StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[5],
        StreamsConfig.NUM_STREAM_THREADS_CONFIG, Runtime.getRuntime().availableProcessors(),
        StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 512L << 20,
        StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, RocksDb.class));
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 4_000);
    // A static member that comes back takes its partitions at once, without waiting for the session it had.
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), "peer");
    settings.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 10_000);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 20);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64L << 20);
    return settings;
  }

  /** One block cache for all 36 stores, filters for keys that are not there, and no compression: the state is small. */
  public static final class RocksDb implements RocksDBConfigSetter {
    private static final LRUCache CACHE = new LRUCache(256L << 20);
    private final BloomFilter filter = new BloomFilter(10);

    @Override
    public void setConfig(String store, Options options, Map<String, Object> configs) {
      var table = (BlockBasedTableConfig) options.tableFormatConfig();
      table.setBlockCache(CACHE);
      table.setFilterPolicy(filter);
      table.setCacheIndexAndFilterBlocks(true);
      options.setTableFormatConfig(table);
      options.setCompressionType(CompressionType.NO_COMPRESSION);
      options.setWriteBufferSize(16L << 20);
    }

    @Override
    public void close(String store, Options options) {
      filter.close();
    }
  }
}
