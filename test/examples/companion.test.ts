import { describe, expect, it } from "vitest";
import { companionFlags } from "../../examples/tour/registry/companion.js";
import { describeFlags, flagsWith } from "./documented.js";

const database = "postgresql://companion@db.example:5432/companion";

describe("the ten flags of the companion", () => {
  it("are all there and no others", () => {
    expect(companionFlags.names).toEqual([
      "whatsapp_enabled",
      "image_generation_enabled",
      "tts_cache_enabled",
      "database_type",
      "session_affinity_enabled",
      "read_replica_enabled",
      "multi_region_enabled",
      "rate_limit_enabled",
      "security_headers_enabled",
      "api_docs_enabled",
    ]);
  });

  describeFlags({
    whatsapp_enabled: {
      variable: "FEATURE_WHATSAPP_ENABLED",
      default: false,
      status: "frozen",
      exposed: true,
      requires: {
        for: "true",
        variables: { WHATSAPP_PHONE_NUMBER_ID: "phone", WHATSAPP_TOKEN: "made-up", WHATSAPP_VERIFY_TOKEN: "made-up" },
      },
    },
    image_generation_enabled: {
      variable: "FEATURE_IMAGE_GENERATION_ENABLED",
      default: false,
      status: "frozen",
      exposed: true,
      requires: { for: "true", variables: { TOGETHER_API_KEY: "made-up" } },
    },
    tts_cache_enabled: {
      variable: "FEATURE_TTS_CACHE_ENABLED",
      default: true,
      metadata: { impact: "fewer and cheaper API calls, faster answers", tradeOff: "takes disk space" },
    },
    database_type: {
      variable: "FEATURE_DATABASE_TYPE",
      default: "sqlite",
      values: ["sqlite", "postgresql"],
      requires: { for: "postgresql", variables: { DATABASE_URL: database } },
      metadata: { useCase: "moving to several instances" },
    },
    session_affinity_enabled: {
      variable: "FEATURE_SESSION_AFFINITY_ENABLED",
      default: false,
      metadata: { useCase: "speed with several instances", needs: "a load balancer with sticky sessions" },
    },
    read_replica_enabled: {
      variable: "FEATURE_READ_REPLICA_ENABLED",
      default: false,
      requires: { for: "true", variables: { DATABASE_URL: database, DATABASE_READ_REPLICA_URL: database } },
      metadata: { useCase: "several regions with read replicas" },
    },
    multi_region_enabled: {
      variable: "FEATURE_MULTI_REGION_ENABLED",
      default: false,
      requires: {
        for: "true",
        variables: { DATABASE_URL_US: database, DATABASE_URL_EU: database, DATABASE_URL_ASIA: database },
      },
      metadata: { useCase: "a worldwide deployment with a database a region" },
    },
    rate_limit_enabled: { variable: "RATE_LIMIT_ENABLED", default: true, expect: { production: true } },
    security_headers_enabled: {
      variable: "ENABLE_SECURITY_HEADERS",
      default: true,
      safe: true,
      expect: { production: true },
    },
    api_docs_enabled: {
      variable: "ENABLE_API_DOCS",
      default: true,
      expect: { development: true, staging: true },
    },
  });

  it("need nothing for sqlite", async () => {
    const flags = flagsWith({ FEATURE_DATABASE_TYPE: "sqlite" });
    expect(flags.resolveVariant("database_type")).toBe("sqlite");
    await flags.close();
  });

  it("refuse an address that is none, without repeating it", () => {
    const start = () => flagsWith({ FEATURE_DATABASE_TYPE: "postgresql", DATABASE_URL: "hunter2" });
    expect(start).toThrow(/DATABASE_URL/);
    expect(start).not.toThrow(/hunter2/);
  });

  it("keep the security headers on through a kill", async () => {
    const flags = flagsWith({});
    flags.kill("security_headers_enabled", { reason: "a slip" });
    expect(flags.isEnabled("security_headers_enabled")).toBe(true);
    await flags.close();
  });
});
