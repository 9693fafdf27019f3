import {threadActionsRegistry} from "@mail/core/common/thread_actions";

/** Who serves the customer is in the chat; there is nobody to invite. */
const invite = threadActionsRegistry.get("invite-people");
const isOffered = invite.condition;
invite.condition = (params) => !params.thread?.isWechat && isOffered(params);
