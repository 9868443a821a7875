import { defineFlags, flag } from "burgee";
import { z } from "zod";

const filled = z.string().min(1);

/** What the companion offers to its users. */
const coreFlags = defineFlags({
  whatsapp_enabled: flag.boolean({
    default: false,
    description: "Talks to users over WhatsApp",
    env: "FEATURE_WHATSAPP_ENABLED",
    status: "frozen",
    exposed: true,
    requires: z.object({
      WHATSAPP_PHONE_NUMBER_ID: filled,
      WHATSAPP_TOKEN: filled,
      WHATSAPP_VERIFY_TOKEN: filled,
    }),
  }),
  image_generation_enabled: flag.boolean({
    default: false,
    description: "Draws images with Together AI",
    env: "FEATURE_IMAGE_GENERATION_ENABLED",
    status: "frozen",
    exposed: true,
    requires: z.object({ TOGETHER_API_KEY: filled }),
  }),
  tts_cache_enabled: flag.boolean({
    default: true,
    description: "Keeps spoken answers, so that each is made once",
    env: "FEATURE_TTS_CACHE_ENABLED",
    metadata: { impact: "fewer and cheaper API calls, faster answers", tradeOff: "takes disk space" },
  }),
});

/** What the companion runs on. */
const infrastructureFlags = defineFlags({
  database_type: flag.oneOf(["sqlite", "postgresql"], {
    default: "sqlite",
    description: "The database behind the checkpointer",
    env: "FEATURE_DATABASE_TYPE",
    requires: { postgresql: z.object({ DATABASE_URL: z.url() }) },
    metadata: { useCase: "moving to several instances" },
  }),
  session_affinity_enabled: flag.boolean({
    default: false,
    description: "Sends each user to the same instance every time",
    env: "FEATURE_SESSION_AFFINITY_ENABLED",
    metadata: { useCase: "speed with several instances", needs: "a load balancer with sticky sessions" },
  }),
  read_replica_enabled: flag.boolean({
    default: false,
    description: "Sends queries to read replicas of the database",
    env: "FEATURE_READ_REPLICA_ENABLED",
    requires: z.object({ DATABASE_URL: z.url(), DATABASE_READ_REPLICA_URL: z.url() }),
    metadata: { useCase: "several regions with read replicas" },
  }),
  multi_region_enabled: flag.boolean({
    default: false,
    description: "Routes by region and keeps each region's data apart",
    env: "FEATURE_MULTI_REGION_ENABLED",
    requires: z.object({ DATABASE_URL_US: z.url(), DATABASE_URL_EU: z.url(), DATABASE_URL_ASIA: z.url() }),
    metadata: { useCase: "a worldwide deployment with a database a region" },
  }),
});

/** What protects the companion's API. Variables keep the names that they had before there were flags. */
const apiFlags = defineFlags({
  rate_limit_enabled: flag.boolean({
    default: true,
    description: "Limits how often a client may call the API",
    env: "RATE_LIMIT_ENABLED",
    expect: { production: true },
  }),
  security_headers_enabled: flag.boolean({
    default: true,
    description: "Sends security headers (CSP, HSTS and others)",
    env: "ENABLE_SECURITY_HEADERS",
    expect: { production: true },
    // Off is the dangerous state here, so a kill switch leaves it on.
    safe: true,
  }),
  api_docs_enabled: flag.boolean({
    default: true,
    description: "Serves the OpenAPI pages",
    env: "ENABLE_API_DOCS",
    // Production may have it either way.
    expect: { development: true, staging: true },
  }),
});

/** The ten flags of a chat companion. A registry may itself be made of several. */
export const companionFlags = defineFlags(coreFlags, infrastructureFlags, apiFlags);
