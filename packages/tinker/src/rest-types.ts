/** What listings and inspections answer (protocol, sections 4.6 and 6.16-6.18), in camelCase. Times are RFC 3339 strings. */
import type { OptimizerConfig } from './types.js';

export type AccessScope = 'owned' | 'accessible';

export interface Checkpoint {
  /** `weights/<name>`; SkyRL: the bare name. */
  readonly checkpointId: string;
  readonly checkpointType: 'training' | 'sampler' | 'external';
  readonly time: string;
  readonly tinkerPath: string;
  readonly sizeBytes?: number;
  readonly public?: boolean;
  readonly expiresAt?: string;
  readonly userMetadata?: Readonly<Record<string, string>>;
}

export interface TrainingRun {
  readonly trainingRunId: string;
  readonly baseModel: string;
  readonly modelOwner: string;
  readonly isLora: boolean;
  readonly corrupted?: boolean;
  readonly loraRank?: number;
  readonly lastRequestTime: string;
  readonly lastCheckpoint?: Checkpoint;
  readonly lastSamplerCheckpoint?: Checkpoint;
  readonly userMetadata?: Readonly<Record<string, string>>;
}

export interface Cursor {
  readonly offset: number;
  readonly limit: number;
  readonly totalCount: number;
}

export interface WeightsInfo {
  readonly baseModel: string;
  readonly isLora: boolean;
  readonly loraRank?: number;
  readonly trainUnembed?: boolean;
  readonly trainMlp?: boolean;
  readonly trainAttn?: boolean;
  readonly optimizerConfig?: OptimizerConfig;
}

export interface ServerCapabilities {
  readonly supportedModels: readonly {
    readonly modelName?: string;
    readonly maxContextLength?: number;
    readonly trainable?: boolean;
    readonly sampleable?: boolean;
  }[];
}

export interface SessionInfo {
  readonly trainingRunIds: readonly string[];
  readonly samplerIds: readonly string[];
  readonly userMetadata?: Readonly<Record<string, string>>;
  readonly displayName?: string;
}

export interface SamplerInfo {
  readonly samplerId: string;
  readonly baseModel: string;
  readonly modelPath?: string;
}

/** A signed address and when it expires. */
export interface ArchiveUrl {
  readonly url: string;
  readonly expires: string;
}

export interface ExternalWeightsUrls {
  /** One signed address per file. */
  readonly urls: Readonly<Record<string, string>>;
  readonly expires: string;
}

export interface TraceExport {
  readonly status: 'pending' | 'ready' | 'failed';
  readonly url?: string;
  readonly error?: string;
}

export interface AuditEntry {
  readonly timestamp: string;
  readonly event: string;
  readonly eventDetails?: Readonly<Record<string, unknown>>;
  readonly modelId?: string;
  readonly tinkerPath?: string;
  readonly purpose?: string;
}

export interface BillingEvent {
  readonly bucketStart: string;
  readonly bucketEnd: string;
  readonly baseModel?: string;
  readonly userId?: string;
  readonly userName?: string;
  readonly sessionId?: string;
  readonly projectId?: string;
  readonly estimatedCostUsd?: number;
  /** `type` is training, sampling_prefill, sampling_sample, checkpoint or storage. */
  readonly eventInfo: { readonly type: string } & Readonly<Record<string, unknown>>;
}

export interface BillingUsage {
  readonly data: readonly BillingEvent[];
  /** By session id. */
  readonly sessions: Readonly<Record<string, { readonly userMetadata?: Readonly<Record<string, string>> }>>;
  readonly costDataThrough?: string;
}

export interface StorageUsage {
  readonly effectiveRateUsdPerGigabyteMonth?: number;
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

export interface SessionSearch {
  readonly sessionId?: string;
  readonly projectIds?: readonly string[];
  readonly userMetadata?: Readonly<Record<string, string>>;
  readonly displayName?: string;
  readonly owner?:
    | { readonly type: AccessScope | 'own' }
    | { readonly type: 'user'; readonly ownerUrns: readonly string[] };
  readonly statuses?: readonly Readonly<Record<string, unknown>>[];
  /** 1 to 200, default 50. */
  readonly limit?: number;
  readonly cursor?: Readonly<Record<string, unknown>>;
}

export interface SessionSearchResult {
  readonly sessions: readonly {
    readonly sessionId: string;
    readonly createdAt: string;
    readonly owner: string;
    readonly projectId: string;
    readonly status: Readonly<Record<string, unknown>>;
    readonly checkpointsCount: number;
    readonly displayName?: string;
    readonly userMetadata?: Readonly<Record<string, string>>;
    readonly checkpointStorageBytes?: number;
  }[];
  readonly nextCursor?: Readonly<Record<string, unknown>>;
}
