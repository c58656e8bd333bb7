package io.gantry.commands;

import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * What a file {@code commands.cfg} may say: nothing, so that deploy refuses every key. The target of a reference is for a bundle that
 * stands in front of a service; a verb whose target is wrong is not there at all, without a word.
 */
@ObjectClassDefinition(pid = "commands", name = "Commands")
@interface NoKeys {}
