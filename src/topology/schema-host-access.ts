import { z } from "zod";
import { type Bind, readBind, TARGETS_OFF_LIMITS } from "./binds.ts";
import { CAPABILITIES, USUAL_CAPABILITIES } from "./capabilities.ts";
import { leaf } from "./leaf.ts";
import { didYouMean } from "./suggest.ts";
import { found } from "./wording.ts";

/* What an image of the user's own may be given of the host: only what the file names. */

const bind = leaf<string, Bind>(readBind, {
  type: "string",
  pattern: "^/[^:]*:/[^:]+(:(ro|rw))?$",
  title: "Mount",
  description: `A file or directory of the host and where the container sees it, both absolute: HOST:CONTAINER, read-only unless :rw follows. Not below ${TARGETS_OFF_LIMITS.join(", ")} in the container; places of the host's own system need --allow-privileged.`,
  examples: ["/srv/captures:/captures", "/srv/out:/out:rw"],
});

/** Keys of an NF that reach out of its container. */
export const hostAccessKeys = {
  binds: z
    .array(bind)
    .meta({
      title: "Mounts",
      description: "Files and directories of the host that the container sees; only with image. None if not given.",
      examples: [["/srv/captures:/captures"], ["/srv/out:/out:rw"]],
    })
    .optional(),
  capabilities: z
    .array(
      leaf<string, string>(
        (value) => {
          if (typeof value === "string" && CAPABILITIES.includes(value)) return { ok: true, value };
          const bare = typeof value === "string" ? value.toUpperCase().replace(/^CAP_/, "") : "";
          const help = CAPABILITIES.includes(bare)
            ? `write ${bare}`
            : `${didYouMean(bare, CAPABILITIES)}write a capability as docker run --cap-add takes it, such as NET_ADMIN`;
          return { ok: false, code: "unknown-word", problem: `cannot be ${found(value)}`, help };
        },
        {
          type: "string",
          enum: CAPABILITIES,
          title: "Capability",
          description: "One capability of Linux, without CAP_ in front.",
          examples: ["NET_ADMIN"],
        },
      ),
    )
    .meta({
      title: "Capabilities",
      description: `Capabilities that the container gets besides those that its ports need; only with image. All but ${USUAL_CAPABILITIES.join(", ")} need --allow-privileged.`,
      examples: [["NET_BIND_SERVICE"], ["NET_ADMIN"]],
    })
    .optional(),
};
