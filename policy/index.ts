import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies";

// What each rule asks for, and how to configure it: docs/how-to/policies.md.

new PolicyPack("gloo-mesh-relay-registration", { policies });
