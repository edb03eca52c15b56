# Every file in benchmarks/results has its rule here. A benchmark is run anew whenever its file is asked for; the
# rendered sets and trainings that it needs are made into runs/ once and kept. Needs DATA, the shared data folder.
#
#   make bench-quick                              those that need nothing but DATA: minutes each
#   make bench-sets                               those on rendered people, which are made first: about an hour
#   make bench-trainings                          those of trainings: a day on two cores
#   make bench                                    all of them
#   make benchmarks/results/lifting_prior.json    one of them
DATA ?= ../shared/data
RESULTS := benchmarks/results
SETS := runs/synthetic-v1
BENCH := $(BIN)/python benchmarks
THUNDER := $(DATA)/../pretrained/movenet_thunder.safetensors
METHODS := structure-motion structure-motion+tp structure-motion+bi-tp

LIFTERS := lifting track-lifting

QUICK := startup fuzzing reliability doubtful live crop_speed people_found lifting_prior mocap_lifting mocap_lifting_track-lifting minute_track-lifting refinement_track-lifting lifting_speed long_video losses structure_speed raster synthesis \
	pose_space pose_space_speed pose_repair analyses $(LIFTERS:%=standing_%) $(LIFTERS:%=filmed_actions_%) \
	$(addprefix real_multiview_,$(LIFTERS) $(METHODS) $(METHODS:%=%_clean))
ON_SETS := joint_definitions detector_errors proportions backbone backbone_assisted domain_step int8 looks temporal_on_predictions \
	$(addprefix synthetic_v1_,lifting $(METHODS))
TRAININGS := backbone_training structure_ablation

.PHONY: bench bench-quick bench-sets bench-trainings FORCE
bench: bench-quick bench-sets bench-trainings
bench-quick: $(QUICK:%=$(RESULTS)/%.json)
bench-sets: $(ON_SETS:%=$(RESULTS)/%.json)
bench-trainings: $(TRAININGS:%=$(RESULTS)/%.json)

$(RESULTS)/lifting_prior.json $(RESULTS)/mocap_lifting.json $(RESULTS)/synthesis.json $(RESULTS)/pose_space.json \
$(RESULTS)/pose_repair.json $(RESULTS)/analyses.json $(RESULTS)/crop_speed.json $(RESULTS)/reliability.json \
$(RESULTS)/people_found.json $(RESULTS)/doubtful.json: $(RESULTS)/%.json: FORCE | setup
	$(BENCH)/$*.py --data $(DATA)

$(RESULTS)/startup.json $(RESULTS)/live.json $(RESULTS)/lifting_speed.json $(RESULTS)/long_video.json $(RESULTS)/losses.json \
$(RESULTS)/structure_speed.json $(RESULTS)/pose_space_speed.json: $(RESULTS)/%.json: FORCE | setup
	$(BENCH)/$*.py

$(RESULTS)/mocap_lifting_%.json: FORCE | setup
	$(BENCH)/mocap_lifting.py --data $(DATA) --method $*

$(RESULTS)/minute_%.json: FORCE | setup
	$(BENCH)/minute.py --data $(DATA) --method $*

$(RESULTS)/filmed_actions_%.json: FORCE | setup
	$(BENCH)/filmed_actions.py --data $(DATA) --method $*

$(RESULTS)/standing_%.json: FORCE | setup
	$(BENCH)/standing.py --data $(DATA) --method $* --cache runs/detections

$(RESULTS)/fuzzing.json: FORCE | setup
	OMP_NUM_THREADS=1 $(BENCH)/fuzzing.py

$(RESULTS)/raster.json: FORCE runs/pyrender.done
	$(BENCH)/raster.py --pyrender runs/pyrender

$(RESULTS)/real_multiview_%_clean.json: FORCE | setup
	$(BENCH)/real_multiview.py --data $(DATA) --method $* --weights structure_motion

$(RESULTS)/refinement_%.json: FORCE | setup
	$(BENCH)/refinement.py --data $(DATA) --method $*

$(RESULTS)/real_multiview_%.json: FORCE | setup
	$(BENCH)/real_multiview.py --data $(DATA) --method $*

$(RESULTS)/synthetic_v1_%.json: FORCE $(SETS)/single-test.done $(SETS)/multi-test.done $(SETS)/video-test.done
	$(BENCH)/synthetic_v1.py --sets $(SETS) --method $*

$(RESULTS)/backbone.json: FORCE $(SETS)/single-test.done
	$(BENCH)/backbone.py --people $(SETS)/single-test

$(RESULTS)/backbone_assisted.json: FORCE $(SETS)/single-test.done
	$(BENCH)/backbone.py --people $(SETS)/single-test --bundled backbone_assisted --count 1000

$(RESULTS)/joint_definitions.json: FORCE $(SETS)/single-val.done
	$(BENCH)/joint_definitions.py --people $(SETS)/single-val --thunder $(THUNDER)

$(RESULTS)/detector_errors.json: FORCE runs/error_clips.done
	$(BENCH)/detector_errors.py --clips runs/error_clips

$(RESULTS)/proportions.json: FORCE $(SETS)/single-train.done
	$(BENCH)/proportions.py --people $(SETS)/single-train

$(RESULTS)/domain_step.json: FORCE $(SETS)/single-test.done
	$(BENCH)/domain_step.py --data $(DATA) --synthetic $(SETS)/single-test --thunder $(THUNDER)

$(RESULTS)/int8.json: FORCE $(SETS)/single-val.done $(SETS)/single-test.done
	$(BENCH)/int8.py --data $(DATA) --people $(SETS)/single-test --ranges $(SETS)/single-val

$(RESULTS)/looks.json: FORCE $(SETS)/single-test.done
	$(BENCH)/looks.py --data $(DATA) --people $(SETS)/single-test

$(RESULTS)/temporal_on_predictions.json: FORCE $(SETS)/video-train.done $(SETS)/video-val.done $(SETS)/video-test.done
	$(BENCH)/temporal.py --predictions $(SETS)/video-train --validation $(SETS)/video-val --test $(SETS)/video-test

$(RESULTS)/backbone_training.json: FORCE runs/backbone2.safetensors
	$(BENCH)/backbone_training.py --trainings runs/backbone runs/backbone2

$(RESULTS)/structure_ablation.json: FORCE runs/backbone.safetensors $(SETS)/single-test.done
	$(BENCH)/structure_ablation.py --people $(SETS)/single-train --test $(SETS)/single-test \
		--backbone runs/backbone/from_2d_labels.safetensors

# What they need. A set or a training that was stopped goes on where it was.
.SECONDARY:
SOURCES = --motion $(DATA)/mocap --assets $(DATA)/makehuman --backgrounds $(DATA)/backgrounds

$(SETS)/%.done: | setup
	$(BIN)/maquette synthesise --set synthetic-v1/$* --out $(SETS)/$* $(SOURCES)
	touch $@

runs/error_clips.done: | setup
	$(BIN)/maquette synthesise --people 2880 --clip 48 --size 384 --seed 23 --motion $(DATA)/mocap/train.npz \
		--assets $(DATA)/makehuman --backgrounds $(DATA)/backgrounds --out runs/error_clips
	touch $@

BACKBONE = $(BIN)/maquette train backbone --data $(SETS)/single-train --backgrounds $(DATA)/backgrounds \
	--photographs runs/photographs $(DATA)/coco --validation $(SETS)/single-val --validation-photographs $(DATA)/coco

runs/backbone.safetensors: $(SETS)/single-train.done $(SETS)/single-val.done runs/photographs.done
	$(BACKBONE) --start $(THUNDER) --folder runs/backbone --out $@

runs/backbone2.safetensors: runs/backbone.safetensors
	$(BACKBONE) --start $< --picture-px 192 --steps 700 --folder runs/backbone2 --out $@

runs/photographs.done: | setup
	$(BIN)/maquette label $(DATA)/unlabelled $(DATA)/photos $(DATA)/videos --weights $(THUNDER) --out runs/photographs
	touch $@

runs/pyrender.done: | setup
	$(BIN)/pip install --quiet --target runs/pyrender pyrender==0.1.45
	touch $@
